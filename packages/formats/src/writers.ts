import type { ModelWriter } from './model-writer.js';
import { kerasArchive } from './keras/write/archive.js';
import { h5 } from './keras/write/h5.js';
import { tfjsLayers } from './keras/write/tfjs-layers.js';
import { onnx } from './onnx/write/write.js';
import { frozenGraph } from './tensorflow/frozen-graph.js';
import { savedModel } from './tensorflow/saved-model.js';
import { tfjsGraph } from './tensorflow/tfjs-graph.js';
import { tflite } from './tflite/write/write.js';

/** What `kiln export` can write. */
export const WRITERS: readonly ModelWriter[] = [
  h5,
  kerasArchive,
  savedModel,
  frozenGraph,
  tfjsLayers,
  tfjsGraph,
  tflite,
  onnx,
];

import type { ModelWriter } from './model-writer.js';
import { frozenGraph } from './tensorflow/frozen-graph.js';
import { savedModel } from './tensorflow/saved-model.js';
import { tfjsGraph } from './tensorflow/tfjs-graph.js';

/** What `kiln export` can write. */
export const WRITERS: readonly ModelWriter[] = [savedModel, frozenGraph, tfjsGraph];

export { type ModelWriter, type WriteOptions, type WrittenFile } from './model-writer.js';
export { WRITERS } from './writers.js';
export { modelFiles } from './model-files.js';
export { readModel } from './read-model.js';
export { microOperatorTable } from './tflite/micro-operators.js';
export { readKeras } from './keras/read.js';
export { readOnnx } from './onnx/read.js';
export { readTflite } from './tflite/read.js';
export { readGraphDef } from './tensorflow/read/read-graph-def.js';
export { readGraphModel } from './tensorflow/read/read-graph-model.js';
export { readSavedModel } from './tensorflow/read/read-saved-model.js';
export { supportedNodes } from './tensorflow/read/operators/index.js';
export { readTfjsLayers } from './tfjs-layers/read.js';
export { supportedLayers } from './keras/layers/index.js';
export type { NpyArray, NpyDtype } from './npy/npy-array.js';
export { readNpy } from './npy/read.js';
export { writeNpy } from './npy/write.js';
export {
  QUANTIZATION_RECORD,
  type QuantizationRecord,
  readQuantizationRecord,
  writeQuantizationRecord,
} from './quantization-record/quantization-record.js';

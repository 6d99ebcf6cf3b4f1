export { type ModelWriter, type WriteOptions, type WrittenFile } from './model-writer.js';
export { WRITERS } from './writers.js';
export { modelFiles } from './model-files.js';
export { readModel } from './read-model.js';
export { microOperatorTable } from './tflite/micro-operators.js';
export { readKeras } from './keras/read.js';
export { readTflite } from './tflite/read.js';
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

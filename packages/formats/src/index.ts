export { modelFiles } from './model-files.js';
export { readModel } from './read-model.js';
export { microOperatorTable } from './tflite/micro-operators.js';
export { readTflite } from './tflite/read.js';
export { readTfjsLayers } from './tfjs-layers/read.js';
export { supportedLayers } from './tfjs-layers/layers.js';
export type { NpyArray, NpyDtype } from './npy/npy-array.js';
export { readNpy } from './npy/read.js';
export { writeNpy } from './npy/write.js';

export { readModel } from './read-model.js';
export { readTfjsLayers } from './tfjs-layers/read.js';
export { supportedLayers } from './tfjs-layers/layers.js';

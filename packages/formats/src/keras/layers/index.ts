import { ACTIVATION_LAYERS } from './activation.js';
import { CONVOLUTION_LAYERS } from './convolution.js';
import type { Converter } from './converter.js';
import { MERGE_LAYERS } from './merge.js';
import { NORMALIZATION_LAYERS } from './normalization.js';
import { POOLING_LAYERS } from './pooling.js';
import { SHAPE_LAYERS } from './shape.js';

/** Layers that do nothing at inference. */
const passThrough: Converter = (_, context) => context.input;
const IDLE = [
  'ActivityRegularization',
  'AlphaDropout',
  'Dropout',
  'GaussianDropout',
  'GaussianNoise',
  'Identity',
  'SpatialDropout1D',
  'SpatialDropout2D',
];

/** Keras's layer classes. */
export const LAYERS: Readonly<Record<string, Converter>> = {
  ...ACTIVATION_LAYERS,
  ...CONVOLUTION_LAYERS,
  ...MERGE_LAYERS,
  ...NORMALIZATION_LAYERS,
  ...POOLING_LAYERS,
  ...SHAPE_LAYERS,
  ...Object.fromEntries(IDLE.map((name) => [name, passThrough])),
};

/** Names of the layer classes that can be read, for messages and docs. */
export const supportedLayers: readonly string[] = Object.keys(LAYERS).sort();

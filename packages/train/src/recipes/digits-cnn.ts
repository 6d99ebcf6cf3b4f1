import { KERAS_ADADELTA } from '../adadelta.js';
import { seededDropout } from '../seeded-dropout.js';
import { seedWeights } from '../seeded-weights.js';
import { PLAIN, type Recipe } from './recipe.js';

/**
 * The notebook's network for 8x8 handwritten digits, layer by layer.
 *
 * The notebook pools with Keras's `dim_ordering='th'` on data whose channels are last, so its 2x2 windows lie over width
 * and channels: [6, 6, 32] becomes [6, 3, 16]. In stock layers that is a reshape to [36, 32, 1], where the 36 are rows
 * and columns of the image in row-major order, a pooling over pairs of columns and pairs of channels, and a reshape back.
 *
 * Initial weights are Glorot's uniform ones, the default of Keras; TensorFlow.js's own default is the normal ones.
 */
export const digitsCnn: Recipe = {
  ...PLAIN,
  name: 'digits-cnn',
  summary: 'two convolutions, pooling over width and channels, two dense layers; 8x8 digits, 380,288 MACs',
  inputShape: [8, 8, 1],
  task: { kind: 'classification', classes: 10 },
  defaults: { epochs: 25, batchSize: 128 },
  optimizer: KERAS_ADADELTA,
  build(tf, { seed }) {
    const { layers } = tf;
    const kernelInitializer = 'glorotUniform';
    const convolution = { filters: 32, kernelSize: 3, kernelInitializer } as const;
    const model = tf.sequential({
      name: 'digits_cnn',
      layers: [
        layers.conv2d({ name: 'conv0', ...convolution, inputShape: [8, 8, 1], activation: 'relu' }),
        layers.conv2d({ name: 'conv1', ...convolution, padding: 'same' }),
        layers.reshape({ name: 'pool_in', targetShape: [36, 32, 1] }),
        layers.maxPooling2d({ name: 'pool', poolSize: 2, strides: 2 }),
        layers.reshape({ name: 'pool_out', targetShape: [6, 3, 16] }),
        seededDropout(tf, { name: 'dropout0', rate: 0.3, seed, index: 0 }),
        layers.flatten({ name: 'flatten' }),
        layers.dense({ name: 'dense0', units: 128, kernelInitializer, activation: 'relu' }),
        seededDropout(tf, { name: 'dropout1', rate: 0.5, seed, index: 1 }),
        layers.dense({ name: 'dense1', units: 10, kernelInitializer, activation: 'softmax' }),
      ],
    });
    return seedWeights(tf, model, seed);
  },
};

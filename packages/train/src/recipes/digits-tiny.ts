import { ADAMW } from '../adamw.js';
import { seedWeights } from '../seeded-weights.js';
import { batchNormalized } from './batch-normalized.js';
import { PLAIN, type Recipe } from './recipe.js';

/**
 * For the smallest boards: two convolutions, a pooling and a dense layer in less than 8 KB of flash, code and weights together, on a
 * Cortex-M0 and on an AVR; 26,920 multiply-accumulates.
 *
 * Trained as `digits-best` is, but hardly held back: it has too few weights to learn the training set by heart.
 */
export const digitsTiny: Recipe = {
  ...PLAIN,
  name: 'digits-tiny',
  summary: 'two small convolutions and a dense layer, under 8 KB of flash with its code; 8x8 digits',
  inputShape: [8, 8, 1],
  task: { kind: 'classification', classes: 10 },
  defaults: { epochs: 80, batchSize: 64 },
  optimizer: { ...ADAMW, learningRate: 1e-2, weightDecay: 0.01 },
  scaling: 'shared',
  augmentation: { shift: 0.3, rotationDegrees: 5, zoom: 0.05, shear: 0.05 },
  averaging: 0.998,
  labelSmoothing: 0.05,
  build(tf, { seed }) {
    const { layers } = tf;
    const network = tf.sequential({
      name: 'digits_tiny',
      layers: [
        ...batchNormalized(tf, 'conv0', (name) =>
          layers.conv2d({ name, filters: 10, kernelSize: 3, useBias: false, inputShape: [8, 8, 1] }),
        ),
        ...batchNormalized(tf, 'conv1', (name) => layers.conv2d({ name, filters: 16, kernelSize: 3, useBias: false })),
        layers.maxPooling2d({ name: 'pool', poolSize: 2, strides: 2 }),
        layers.flatten({ name: 'flatten' }),
        layers.dense({ name: 'dense0', units: 10, activation: 'softmax' }),
      ],
    });
    return seedWeights(tf, network, seed);
  },
};

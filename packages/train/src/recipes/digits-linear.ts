import { ADAMW } from '../adamw.js';
import { seedWeights } from '../seeded-weights.js';
import { PLAIN, type Recipe } from './recipe.js';

/**
 * The notebook's perceptrons: ten of them, one for each digit, each a weighted sum of the 64 standardised pixels.
 *
 *   y = softmax(W x + b)                                        W: [10, 64]
 */
export const digitsLinear: Recipe = {
  ...PLAIN,
  name: 'digits-linear',
  summary: 'one dense layer with softmax, ten perceptrons; 8x8 digits, 640 MACs',
  inputShape: [8, 8, 1],
  task: { kind: 'classification', classes: 10 },
  defaults: { epochs: 25, batchSize: 128 },
  optimizer: ADAMW,
  build(tf, { seed }) {
    const { layers } = tf;
    const network = tf.sequential({
      name: 'digits_linear',
      layers: [
        layers.flatten({ name: 'flatten', inputShape: [8, 8, 1] }),
        layers.dense({ name: 'dense0', units: 10, activation: 'softmax' }),
      ],
    });
    return seedWeights(tf, network, seed);
  },
};

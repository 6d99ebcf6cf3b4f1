import { ADAMW } from '../adamw.js';
import { componentCount, principalComponents } from '../principal-components.js';
import { seedWeights } from '../seeded-weights.js';
import { PLAIN, type Recipe } from './recipe.js';

const FEATURES = 64;

/**
 * Principal components of the standardised pixels, then a dense classifier on them.
 *
 * The projection is a dense layer whose kernel is the components and which is not trained, so that the C takes raw pixels
 * and holds standardisation, projection and classifier.
 *
 *   z = P x                                                     P: [components, 64], rows of length 1
 *   y = softmax(W2 relu(W1 z + b1) + b2)
 */
export const digitsPca: Recipe = {
  ...PLAIN,
  name: 'digits-pca',
  summary: 'principal components as a fixed layer, then two dense layers; 8x8 digits',
  inputShape: [8, 8, 1],
  task: { kind: 'classification', classes: 10 },
  parameters: [
    {
      name: 'components',
      summary: 'how many components, 1 to 64, or below 1 the share of the variance that they explain',
      default: 0.9,
      problem: (value) =>
        (value > 0 && value < 1) || (Number.isInteger(value) && value >= 1 && value <= FEATURES)
          ? null
          : `expected a whole number from 1 to ${FEATURES}, or a share between 0 and 1`,
    },
  ],
  defaults: { epochs: 25, batchSize: 128 },
  optimizer: ADAMW,
  build(tf, { seed, parameters, inputs }) {
    const { layers } = tf;
    const { components, explainedVariance } = principalComponents(inputs, FEATURES);
    const count = componentCount(parameters['components']!, explainedVariance);
    const network = tf.sequential({
      name: 'digits_pca',
      layers: [
        layers.flatten({ name: 'flatten', inputShape: [8, 8, 1] }),
        layers.dense({ name: 'pca', units: count, useBias: false, trainable: false }),
        layers.dense({ name: 'dense0', units: 32, activation: 'relu' }),
        layers.dense({ name: 'dense1', units: 10, activation: 'softmax' }),
      ],
    });
    seedWeights(tf, network, seed);
    tf.tidy(() => {
      const projection = tf.tensor(Float32Array.from(components.subarray(0, count * FEATURES)), [count, FEATURES]);
      network.getLayer('pca').setWeights([projection.transpose()]);
    });
    return network;
  },
};

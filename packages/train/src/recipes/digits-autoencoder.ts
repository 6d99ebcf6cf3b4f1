import type * as tensorflow from '@tensorflow/tfjs';
import { ADAMW } from '../adamw.js';
import { wholeNumber } from '../recipe-parameters.js';
import { seedWeights } from '../seeded-weights.js';
import { PLAIN, type Recipe } from './recipe.js';

/**
 * An autoencoder: 64 pixels narrow to a code of a few numbers and widen to 64 pixels again, 0 .. 1 for 0 .. 16.
 *
 * The encoder and the decoder are saved as networks of their own beside the whole: a board may send the code instead of
 * the picture, or draw pictures from codes.
 */
export const digitsAutoencoder: Recipe = {
  ...PLAIN,
  name: 'digits-autoencoder',
  summary: 'narrows 64 pixels to a code and widens it again, encoder and decoder apart; 8x8 digits',
  inputShape: [8, 8, 1],
  // Pixels that are hardly ever set would have outliers of their own.
  scaling: 'shared',
  task: { kind: 'reconstruction', fullScale: 16 },
  parameters: [
    { name: 'bottleneck', summary: 'numbers in the code, 1 to 64', default: 2, problem: wholeNumber(1, 64) },
  ],
  defaults: { epochs: 60, batchSize: 64 },
  optimizer: ADAMW,
  build(tf, { seed, parameters }) {
    const { layers } = tf;
    const network = tf.sequential({
      name: 'digits_autoencoder',
      layers: [
        layers.flatten({ name: 'flatten', inputShape: [8, 8, 1] }),
        layers.dense({ name: 'encode0', units: 64, activation: 'relu' }),
        layers.dense({ name: 'encode1', units: 32, activation: 'relu' }),
        layers.dense({ name: 'code', units: parameters['bottleneck']! }),
        layers.dense({ name: 'decode0', units: 32, activation: 'relu' }),
        layers.dense({ name: 'decode1', units: 64, activation: 'relu' }),
        layers.dense({ name: 'pixels', units: 64, activation: 'sigmoid' }),
      ],
    });
    return seedWeights(tf, network, seed);
  },
  parts: (tf, network) => [
    { name: 'encoder', network: chain(tf, network, 'digits_encoder', 0, 4), takesInput: true },
    { name: 'decoder', network: chain(tf, network, 'digits_decoder', 4, 7), takesInput: false },
  ],
};

/** Layers `from` .. `to` - 1 of a network as one of their own, which shares their weights. */
function chain(
  tf: Parameters<Recipe['build']>[0],
  { layers }: tensorflow.LayersModel,
  name: string,
  from: number,
  to: number,
): tensorflow.LayersModel {
  const [, ...shape] = (layers[from]!.input as tensorflow.SymbolicTensor).shape;
  const input = tf.input({ shape });
  const output = layers
    .slice(from, to)
    .reduce((value, layer) => layer.apply(value) as tensorflow.SymbolicTensor, input);
  return tf.model({ name, inputs: input, outputs: output });
}

import type * as tensorflow from '@tensorflow/tfjs';
import { RANDOM_STREAM, randomStream, uniformValues } from './seeded-random.js';
import type { TensorFlow } from './tensorflow.js';

/** What batch normalisation multiplies and divides by. */
const STARTS_AT_ONE = /\/(gamma|moving_variance)(_\d+)?$/;

/**
 * Sets the initial weights of a network from a seed, the same on every backend: Keras's `glorot_uniform` for kernels,
 * zero for biases, one for the factors and variances of batch normalisation. Returns the model.
 *
 *   kernel ~ uniform(-limit, limit),   limit = sqrt(6 / (fanIn + fanOut))
 *   fanIn = field * inputs, fanOut = field * outputs for a kernel [...field, inputs, outputs]
 *
 * Source: Glorot and Bengio 2010, section 4.2.
 */
export function seedWeights<Model extends tensorflow.LayersModel>(tf: TensorFlow, model: Model, seed: number): Model {
  const random = randomStream(seed, RANDOM_STREAM.weights);
  const initial = model.weights.map(({ name, shape }) => {
    const dimensions = shape as number[];
    const count = dimensions.reduce((product, size) => product * size, 1);
    const values =
      dimensions.length < 2
        ? new Float32Array(count).fill(STARTS_AT_ONE.test(name) ? 1 : 0)
        : uniformValues(count, glorotLimit(dimensions), random);
    return tf.tensor(values, dimensions, 'float32');
  });
  model.setWeights(initial);
  tf.dispose(initial);
  return model;
}

function glorotLimit(shape: readonly number[]): number {
  const field = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  return Math.sqrt(6 / (field * (shape.at(-2)! + shape.at(-1)!)));
}

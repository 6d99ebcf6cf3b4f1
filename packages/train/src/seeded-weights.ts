import type * as tensorflow from '@tensorflow/tfjs';
import { RANDOM_STREAM, randomStream, uniformValues } from './seeded-random.js';
import type { TensorFlow } from './tensorflow.js';

/**
 * Sets the initial weights of a network from a seed, the same on every backend: Keras's `glorot_uniform` for kernels,
 * zero for biases. Returns the model.
 *
 *   kernel ~ uniform(-limit, limit),   limit = sqrt(6 / (fanIn + fanOut))
 *   fanIn = field * inputs, fanOut = field * outputs for a kernel [...field, inputs, outputs]
 *
 * Source: Glorot and Bengio 2010, section 4.2.
 */
export function seedWeights<Model extends tensorflow.LayersModel>(tf: TensorFlow, model: Model, seed: number): Model {
  const random = randomStream(seed, RANDOM_STREAM.weights);
  const initial = model.weights.map(({ shape }) => {
    const dimensions = shape as number[];
    const count = dimensions.reduce((product, size) => product * size, 1);
    const values =
      dimensions.length < 2 ? new Float32Array(count) : uniformValues(count, glorotLimit(dimensions), random);
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

import type * as tensorflow from '@tensorflow/tfjs';
import { dropoutMask, RANDOM_STREAM, randomStream } from './seeded-random.js';
import type { TensorFlow } from './tensorflow.js';

export interface SeededDropoutSettings {
  readonly name: string;
  /** Share of the values that become 0 in training. */
  readonly rate: number;
  readonly seed: number;
  /** Which dropout layer of the network this is, from 0: each has its own stream of random numbers. */
  readonly index: number;
}

/**
 * A dropout layer whose masks come from a seed, a new one for every batch, the same on every backend.
 *
 * The stock layer draws from Math.random, or with its own seed repeats one mask for ever. This one is saved as a stock
 * `Dropout`, so that the saved network has no layer of ours in it.
 */
export function seededDropout(tf: TensorFlow, settings: SeededDropoutSettings): tensorflow.layers.Layer {
  return new (seededDropoutClass(tf))(settings);
}

function seededDropoutClass(tf: TensorFlow) {
  return class SeededDropout extends tf.layers.Layer {
    static readonly className = 'Dropout';
    readonly #rate: number;
    readonly #random;

    constructor({ name, rate, seed, index }: SeededDropoutSettings) {
      super({ name });
      this.#rate = rate;
      this.#random = randomStream(seed, RANDOM_STREAM.dropout + index);
    }

    override call(inputs: tensorflow.Tensor | tensorflow.Tensor[], kwargs: { training?: boolean }): tensorflow.Tensor {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      if (kwargs.training !== true) return x;
      return tf.tidy(() => tf.mul(x, tf.tensor(dropoutMask(x.size, this.#rate, this.#random), x.shape)));
    }

    override getConfig(): tensorflow.serialization.ConfigDict {
      return { ...super.getConfig(), rate: this.#rate, noiseShape: null, seed: null };
    }
  };
}

import type * as tensorflow from '@tensorflow/tfjs';
import type { TensorFlow } from './tensorflow.js';

/**
 * A running average of all weights of a network, the statistics of batch normalisation among them: averaged weights
 * answer better than those of any one step.
 *
 *   a <- d * a + (1 - d) * w,   d = min(decay, (1 + t) / (10 + t)) at step t, so that the first steps do not linger
 *
 * Source: Polyak and Juditsky 1992; the bound on d is that of TensorFlow's ExponentialMovingAverage.
 */
export class WeightAverage {
  readonly #tf: TensorFlow;
  readonly #network: tensorflow.LayersModel;
  readonly #decay: number;
  readonly #averages: readonly tensorflow.Variable[];
  #steps = 0;

  constructor(tf: TensorFlow, network: tensorflow.LayersModel, decay: number) {
    this.#tf = tf;
    this.#network = network;
    this.#decay = decay;
    this.#averages = tf.tidy(() => network.getWeights().map((weight) => tf.variable(weight.clone(), false)));
  }

  /** Takes in the network's weights after a step. */
  add(): void {
    this.#steps += 1;
    const decay = Math.min(this.#decay, (1 + this.#steps) / (10 + this.#steps));
    this.#tf.tidy(() => {
      const weights = this.#network.getWeights();
      this.#averages.forEach((average, i) => average.assign(average.mul(decay).add(weights[i]!.mul(1 - decay))));
    });
  }

  /** Runs something with the averages as the network's weights, and gives it its own weights back. */
  async during<Result>(action: () => Promise<Result>): Promise<Result> {
    const own = this.#network.getWeights().map((weight) => weight.clone());
    this.#network.setWeights([...this.#averages]);
    try {
      return await action();
    } finally {
      this.#network.setWeights(own);
      this.#tf.dispose(own);
    }
  }

  dispose(): void {
    this.#tf.dispose([...this.#averages]);
  }
}

/** The values of all weights of a network, in its order. */
export function copyWeights(model: tensorflow.LayersModel): Float32Array[] {
  return model.getWeights().map((weight) => (weight.dataSync() as Float32Array).slice());
}

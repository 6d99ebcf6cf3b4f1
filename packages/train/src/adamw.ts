import type * as tensorflow from '@tensorflow/tfjs';
import type { TensorFlow } from './tensorflow.js';

export interface AdamWSettings {
  readonly name: 'adamw';
  /** The greatest; it rises to it over `warmupEpochs` and then falls along half a cosine to 0 at the last step. */
  readonly learningRate: number;
  readonly warmupEpochs: number;
  /** Share of a kernel that a step of learning rate 1 takes away; biases and other vectors keep theirs. */
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Settings that suit small networks. */
export const ADAMW: AdamWSettings = {
  name: 'adamw',
  learningRate: 3e-3,
  warmupEpochs: 2,
  weightDecay: 0.02,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
};

/** How long a training is, for what changes in its course. */
export interface TrainingLength {
  readonly epochs: number;
  readonly batchesPerEpoch: number;
}

/**
 * Adam with decoupled weight decay and a cosine schedule.
 *
 *   m <- beta1 * m + (1 - beta1) * g
 *   v <- beta2 * v + (1 - beta2) * g^2
 *   w <- w - rate * (m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) + weightDecay * w)
 *
 * Source: Loshchilov and Hutter 2019, algorithm 2; Kingma and Ba 2015, algorithm 1.
 */
export function createAdamW(tf: TensorFlow, settings: AdamWSettings, length: TrainingLength): tensorflow.Optimizer {
  return new (adamWClass(tf))(settings, length);
}

/** The learning rate of a step, counted from 1. */
export function cosineRate(
  { learningRate, warmupEpochs }: AdamWSettings,
  length: TrainingLength,
  step: number,
): number {
  const steps = length.epochs * length.batchesPerEpoch;
  const warmup = warmupEpochs * length.batchesPerEpoch;
  return learningRate * Math.min(1, step / warmup) * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
}

interface Moments {
  readonly first: tensorflow.Variable;
  readonly second: tensorflow.Variable;
}

function adamWClass(tf: TensorFlow) {
  return class AdamW extends tf.Optimizer {
    static readonly className = 'AdamW';
    readonly #moments = new Map<string, Moments>();
    readonly #settings: AdamWSettings;
    readonly #length: TrainingLength;

    constructor(settings: AdamWSettings, length: TrainingLength) {
      super();
      this.#settings = settings;
      this.#length = length;
    }

    override applyGradients(gradients: Parameters<tensorflow.Optimizer['applyGradients']>[0]): void {
      const named = Array.isArray(gradients)
        ? gradients
        : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
      this.incrementIterations();
      for (const { name, tensor } of named) {
        tf.tidy(() => this.#update(tf.engine().registeredVariables[name]!, tensor));
      }
    }

    override dispose(): void {
      for (const { first, second } of this.#moments.values()) {
        first.dispose();
        second.dispose();
      }
      this.#moments.clear();
    }

    override getConfig() {
      const { learningRate, weightDecay, beta1, beta2, epsilon } = this.#settings;
      return { learningRate, weightDecay, beta1, beta2, epsilon };
    }

    #update(weight: tensorflow.Variable, gradient: tensorflow.Tensor): void {
      const { beta1, beta2, epsilon, weightDecay } = this.#settings;
      const rate = cosineRate(this.#settings, this.#length, this.iterations);
      const { first, second } = this.#momentsOf(weight);
      first.assign(first.mul(beta1).add(gradient.mul(1 - beta1)));
      second.assign(second.mul(beta2).add(gradient.square().mul(1 - beta2)));
      const deviation = second.div(1 - beta2 ** this.iterations).sqrt();
      const step = first.div(1 - beta1 ** this.iterations).div(deviation.add(epsilon));
      const decayed = weight.shape.length > 1 ? step.add(weight.mul(weightDecay)) : step;
      weight.assign(weight.sub(decayed.mul(rate)));
    }

    #momentsOf(weight: tensorflow.Variable): Moments {
      const known = this.#moments.get(weight.name);
      if (known !== undefined) return known;
      const zeros = () => tf.variable(tf.zerosLike(weight), false);
      const fresh = { first: zeros(), second: zeros() };
      this.#moments.set(weight.name, fresh);
      return fresh;
    }
  };
}

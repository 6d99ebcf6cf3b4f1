import type * as tensorflow from '@tensorflow/tfjs';
import type { TensorFlow } from './tensorflow.js';

export interface AdadeltaSettings {
  readonly name: 'adadelta';
  readonly learningRate: number;
  /** Share of the old average that each step keeps. */
  readonly rho: number;
  readonly epsilon: number;
}

/** The defaults of Keras before version 2.3, which are those of the notebook. */
export const KERAS_ADADELTA: AdadeltaSettings = { name: 'adadelta', learningRate: 1, rho: 0.95, epsilon: 1e-8 };

/**
 * Adadelta as Keras defines it.
 *
 *   G <- rho * G + (1 - rho) * g^2              running average of squared gradients g
 *   u  = g * sqrt(D + epsilon) / sqrt(G + epsilon)
 *   w <- w - learningRate * u
 *   D <- rho * D + (1 - rho) * u^2              running average of squared updates
 *
 * Source: Zeiler 2012, algorithm 1; keras/optimizers.py of Keras 2.2. TensorFlow.js's own `tf.train.adadelta` divides by
 * the G of the step before and diverges at a learning rate of 1.
 */
export function createAdadelta(tf: TensorFlow, settings: AdadeltaSettings): tensorflow.Optimizer {
  return new (adadeltaClass(tf))(settings);
}

interface Averages {
  readonly squaredGradient: tensorflow.Variable;
  readonly squaredUpdate: tensorflow.Variable;
}

function adadeltaClass(tf: TensorFlow) {
  return class Adadelta extends tf.Optimizer {
    static readonly className = 'Adadelta';
    readonly #averages = new Map<string, Averages>();
    readonly #settings: AdadeltaSettings;

    constructor(settings: AdadeltaSettings) {
      super();
      this.#settings = settings;
    }

    override applyGradients(gradients: Parameters<tensorflow.Optimizer['applyGradients']>[0]): void {
      const named = Array.isArray(gradients)
        ? gradients
        : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
      for (const { name, tensor } of named) tf.tidy(() => this.#update(variableNamed(tf, name), tensor));
      this.incrementIterations();
    }

    override dispose(): void {
      for (const { squaredGradient, squaredUpdate } of this.#averages.values()) {
        squaredGradient.dispose();
        squaredUpdate.dispose();
      }
      this.#averages.clear();
    }

    override getConfig() {
      const { learningRate, rho, epsilon } = this.#settings;
      return { learningRate, rho, epsilon };
    }

    #update(weight: tensorflow.Variable, gradient: tensorflow.Tensor): void {
      const { learningRate, rho, epsilon } = this.#settings;
      const { squaredGradient, squaredUpdate } = this.#averagesOf(weight);
      squaredGradient.assign(squaredGradient.mul(rho).add(gradient.square().mul(1 - rho)));
      const step = squaredUpdate.add(epsilon).sqrt().div(squaredGradient.add(epsilon).sqrt()).mul(gradient);
      weight.assign(weight.sub(step.mul(learningRate)));
      squaredUpdate.assign(squaredUpdate.mul(rho).add(step.square().mul(1 - rho)));
    }

    #averagesOf(weight: tensorflow.Variable): Averages {
      const known = this.#averages.get(weight.name);
      if (known !== undefined) return known;
      const zeros = () => tf.variable(tf.zerosLike(weight), false);
      const fresh = { squaredGradient: zeros(), squaredUpdate: zeros() };
      this.#averages.set(weight.name, fresh);
      return fresh;
    }
  };
}

function variableNamed(tf: TensorFlow, name: string): tensorflow.Variable {
  return tf.engine().registeredVariables[name]!;
}

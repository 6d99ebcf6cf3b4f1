import type * as tensorflow from '@tensorflow/tfjs';
import type { TensorFlow } from '../tensorflow.js';

/** The grid of an activation in int8: real = scale * (q - zeroPoint). */
export interface ActivationGrid {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Weights are -127 .. 127: 0 is their zero point. */
const MOST_WEIGHT = 127;

/**
 * What int8 makes of an activation, as a float. The gradient passes where the value lies on the grid's reach, and is 0 beyond.
 *
 *   y = scale * (clamp(round(x / scale) + zeroPoint, -128, 127) - zeroPoint)
 *
 * Source: Jacob et al. 2018, section 3; Bengio et al. 2013 for the straight-through estimator.
 */
export function fakeActivation(tf: TensorFlow, x: tensorflow.Tensor, grid: ActivationGrid): tensorflow.Tensor {
  const { scale, zeroPoint } = grid;
  const [low, high] = [-128 - zeroPoint, 127 - zeroPoint];
  const operation = tf.customGrad((value, save) => {
    const steps = (value as tensorflow.Tensor).div(scale);
    const reached = steps.greaterEqual(low - 0.5).logicalAnd(steps.lessEqual(high + 0.5));
    (save as tensorflow.GradSaveFunc)([reached.cast('float32')]);
    return {
      value: tf.round(steps).clipByValue(low, high).mul(scale),
      gradFunc: (dy: tensorflow.Tensor, saved: tensorflow.Tensor[]) => dy.mul(saved[0]!),
    };
  });
  return operation(x);
}

/**
 * What int8 makes of weights, as floats, with a scale of its own for each index of the `kept` axes. The gradient passes.
 *
 *   scale[c] = max |w[c]| / 127        y = scale[c] * round(w / scale[c])
 *
 * A batch normalisation behind the layer multiplies channels by constants, which changes the scales and not the integers.
 * Source: Jacob et al. 2018, section 3.
 */
export function fakeWeights(tf: TensorFlow, w: tensorflow.Tensor, kept: readonly number[]): tensorflow.Tensor {
  const others = w.shape.map((_, axis) => axis).filter((axis) => !kept.includes(axis));
  const operation = tf.customGrad((value) => {
    const weights = value as tensorflow.Tensor;
    // A channel of zeros has a scale all the same.
    const scale = weights.abs().max(others, true).maximum(1e-30).div(MOST_WEIGHT);
    return { value: tf.round(weights.div(scale)).mul(scale), gradFunc: (dy: tensorflow.Tensor) => dy };
  });
  return operation(w);
}

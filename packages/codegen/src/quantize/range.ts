import { perTensor, type QuantizationParams, type Tensor } from '@kiln/ir';
import { roundHalfAway } from '../arithmetic/requantization.js';
import { integerLimits } from '../operators/activation.js';
import type { ActivationType } from '../operators/operator.js';

/** The reals between which a tensor's values are kept. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A range no narrower than this: all-zero activations still need a scale. */
const LEAST_WIDTH = 1e-6;

/**
 * The grid of a range: zero exactly on a grid point, the scale a float32.
 *
 *   int8    scale = (max - min) / 255            zeroPoint = round(-128 - min / scale)
 *   int16   scale = max(|min|, |max|) / 32767    zeroPoint = 0
 *
 * The range is first widened to hold zero. Source: TensorFlow Lite 8-bit quantization specification, and its 16x8 form.
 */
export function quantizationOfRange({ min, max }: Range, dtype: ActivationType): QuantizationParams {
  const low = Math.min(min, 0);
  const high = Math.max(max, low + LEAST_WIDTH, 0);
  if (dtype === 'int16') return perTensor(Math.fround(Math.max(-low, high) / 32767), 0);
  const scale = Math.fround((high - low) / 255);
  const zeroPoint = Math.max(-128, Math.min(127, Math.round(-128 - low / scale)));
  return perTensor(scale, zeroPoint);
}

/** The grid point next to a real, as an integer. */
export function nearestOnGrid(value: number, { scale, zeroPoint }: QuantizationParams, dtype: ActivationType): number {
  const { low, high } = integerLimits(dtype);
  return Math.max(low, Math.min(high, roundHalfAway(value / scale[0]!) + zeroPoint[0]!));
}

/** The reals that the integers of a tensor with one scale can stand for. */
export function reachOfGrid({ dtype, quantization }: Tensor): Range {
  const { low, high } = integerLimits(dtype);
  const [scale, zeroPoint] = [quantization!.scale[0]!, quantization!.zeroPoint[0]!];
  return { min: scale * (low - zeroPoint), max: scale * (high - zeroPoint) };
}

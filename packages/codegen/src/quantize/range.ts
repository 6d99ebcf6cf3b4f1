import { perTensor, type QuantizationParams } from '@kiln/ir';

/** The reals between which a tensor's values are kept. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A range no narrower than this: all-zero activations still need a scale. */
const LEAST_WIDTH = 1e-6;

/**
 * The int8 grid of a range: asymmetric, zero exactly on a grid point, the scale a float32.
 *
 *   scale = (max - min) / 255        zeroPoint = round(-128 - min / scale)
 *
 * The range is first widened to hold zero. Source: TensorFlow Lite 8-bit quantization specification.
 */
export function quantizationOfRange({ min, max }: Range): QuantizationParams {
  const low = Math.min(min, 0);
  const high = Math.max(max, low + LEAST_WIDTH, 0);
  const scale = Math.fround((high - low) / 255);
  const zeroPoint = Math.max(-128, Math.min(127, Math.round(-128 - low / scale)));
  return perTensor(scale, zeroPoint);
}

import { perAxis, type Tensor } from '@kiln/ir';
import { roundHalfAway, WIDE_LIMIT } from '../arithmetic/requantization.js';
import { byLastDimension, byRow, scaleOf } from './weighted.js';

/** The scale of a channel that has neither weights nor bias: any would do, as long as it is a normal float32. */
const LEAST_SCALE = 1e-12;

/** Half of what the sums may reach. */
const MOST_BIAS = { int32: 2 ** 30, int64: WIDE_LIMIT / 2 } as const;

/**
 * Quantizes weights symmetrically per output channel, their dimension `axis`, the first or the last; and the bias in units
 * of input scale * weight scale: int32, or int64 where the activations are int16.
 *
 *   scale_w[o] = max |w[o]| / 127        bias_q[o] = round(bias[o] / (scale_x * scale_w[o]))
 *
 * Source: TensorFlow Lite 8-bit quantization specification, CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED.
 */
export function quantizeWeights(x: Tensor, weights: Tensor, bias: Tensor, axis = 0): [Tensor, Tensor] {
  const channelOf = axis === 0 ? byRow(weights) : byLastDimension(weights);
  const values = weights.data as Float32Array;
  const inputScale = scaleOf(x);
  const wide = x.dtype === 'int16';
  const greatest = new Float64Array(weights.shape[axis] ?? 0);
  values.forEach((value, i) => (greatest[channelOf(i)] = Math.max(greatest[channelOf(i)]!, Math.abs(value))));
  const scales = Array.from(greatest, (most, channel) => {
    const offset = Math.abs(Number(bias.data?.[channel] ?? 0));
    // The bias must leave room for the sum: a scale too small for that is raised.
    return Math.fround(Math.max(most / 127, offset / (inputScale * MOST_BIAS[wide ? 'int64' : 'int32']), LEAST_SCALE));
  });
  const clamp = (value: number, most: number): number => Math.max(-most, Math.min(most, value));
  const quantized = Int8Array.from(values, (value, i) => clamp(roundHalfAway(value / scales[channelOf(i)]!), 127));
  const biases = Array.from(bias.data as Float32Array, (value, i) =>
    roundHalfAway(value / (inputScale * (scales[i] ?? 1))),
  );
  const units = scales.map((scale) => inputScale * scale);
  return [
    { ...weights, dtype: 'int8', quantization: perAxis(scales, axis), data: quantized },
    wide
      ? { ...bias, dtype: 'int64', quantization: perAxis(units, 0), data: BigInt64Array.from(biases, BigInt) }
      : { ...bias, dtype: 'int32', quantization: perAxis(units, 0), data: Int32Array.from(biases) },
  ];
}

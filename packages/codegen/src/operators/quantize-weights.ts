import { perAxis, type Tensor } from '@kiln/ir';
import { roundHalfAway } from '../arithmetic/requantization.js';
import { byLastDimension, byRow, scaleOf } from './weighted.js';

/** The scale of a channel that has neither weights nor bias: any would do, as long as it is a normal float32. */
const LEAST_SCALE = 1e-12;

/**
 * Quantizes weights symmetrically per output channel, their dimension `axis`, the first or the last; and the bias in units
 * of input scale * weight scale.
 *
 *   scale_w[o] = max |w[o]| / 127        bias_q[o] = round(bias[o] / (scale_x * scale_w[o]))
 *
 * Source: TensorFlow Lite 8-bit quantization specification, CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED.
 */
export function quantizeWeights(x: Tensor, weights: Tensor, bias: Tensor, axis = 0): [Tensor, Tensor] {
  const channelOf = axis === 0 ? byRow(weights) : byLastDimension(weights);
  const values = weights.data as Float32Array;
  const inputScale = scaleOf(x);
  const greatest = new Float64Array(weights.shape[axis] ?? 0);
  values.forEach((value, i) => (greatest[channelOf(i)] = Math.max(greatest[channelOf(i)]!, Math.abs(value))));
  const scales = Array.from(greatest, (most, channel) => {
    const offset = Math.abs(Number(bias.data?.[channel] ?? 0));
    // The bias must leave an int32 room for the sum: a scale too small for that is raised.
    return Math.fround(Math.max(most / 127, offset / (inputScale * 2 ** 30), LEAST_SCALE));
  });
  const clamp = (value: number, most: number): number => Math.max(-most, Math.min(most, value));
  const quantized = Int8Array.from(values, (value, i) => clamp(roundHalfAway(value / scales[channelOf(i)]!), 127));
  const biases = Int32Array.from(bias.data as Float32Array, (value, i) =>
    roundHalfAway(value / (inputScale * (scales[i] ?? 1))),
  );
  const units = scales.map((scale) => inputScale * scale);
  return [
    { ...weights, dtype: 'int8', quantization: perAxis(scales, axis), data: quantized },
    { ...bias, dtype: 'int32', quantization: perAxis(units, 0), data: biases },
  ];
}

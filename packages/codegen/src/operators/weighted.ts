import { CompileError, InvariantError, numbers, perAxis, type QuantizationParams, type Tensor } from '@kiln/ir';
import { requantizationOf, roundHalfAway, type Requantization } from '../arithmetic/requantization.js';
import type { ConstantTable } from './kernel.js';

/** What convolutions and dense layers share: int8 weights per output channel, int32 biases, one requantization each. */

/** The scale of a channel that has neither weights nor bias: any would do, as long as it is a normal float32. */
const LEAST_SCALE = 1e-12;

/**
 * Quantizes weights [C_out, ...] symmetrically per output channel, and the bias in units of input scale * weight scale.
 *
 *   scale_w[o] = max |w[o]| / 127        bias_q[o] = round(bias[o] / (scale_x * scale_w[o]))
 *
 * Source: TensorFlow Lite 8-bit quantization specification, CONV_2D and FULLY_CONNECTED.
 */
export function quantizeWeights(x: Tensor, weights: Tensor, bias: Tensor): [Tensor, Tensor] {
  const channels = weights.shape[0] ?? 0;
  const size = (weights.data?.length ?? 0) / channels;
  const values = weights.data as Float32Array;
  const inputScale = scaleOf(x);
  const scales = Array.from({ length: channels }, (_, channel) => {
    const row = values.subarray(channel * size, (channel + 1) * size);
    const greatest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const offset = Math.abs(Number(bias.data?.[channel] ?? 0));
    // The bias must leave an int32 room for the sum: a scale too small for that is raised.
    return Math.fround(Math.max(greatest / 127, offset / (inputScale * 2 ** 30), LEAST_SCALE));
  });
  const clamp = (value: number, most: number): number => Math.max(-most, Math.min(most, value));
  const quantized = Int8Array.from(values, (value, i) =>
    clamp(roundHalfAway(value / (scales[Math.floor(i / size)] ?? 1)), 127),
  );
  const biases = Int32Array.from(bias.data as Float32Array, (value, i) =>
    roundHalfAway(value / (inputScale * (scales[i] ?? 1))),
  );
  return [
    { ...weights, dtype: 'int8', quantization: perAxis(scales, 0), data: quantized },
    {
      ...bias,
      dtype: 'int32',
      quantization: perAxis(
        scales.map((scale) => inputScale * scale),
        0,
      ),
      data: biases,
    },
  ];
}

/** Per output channel: scale_x * scale_w[o] / scale_y. */
export function channelRequantizations(x: Tensor, weights: Tensor, y: Tensor, where: string): Requantization[] {
  const channels = weights.shape[0] ?? 0;
  const { scale } = quantizationOf(weights);
  return Array.from({ length: channels }, (_, channel) => {
    const weightScale = scale[scale.length === 1 ? 0 : channel] ?? 0;
    return requantizationOf((scaleOf(x) * weightScale) / scaleOf(y), where);
  });
}

function quantizationOf(tensor: Tensor): QuantizationParams {
  if (tensor.quantization !== null) return tensor.quantization;
  throw new InvariantError('E-NOT-QUANTIZED', `tensor '${tensor.name}'`, 'has no quantization where one is needed');
}

/** The scale of a tensor quantized as a whole. */
export function scaleOf(tensor: Tensor): number {
  return quantizationOf(tensor).scale[0] ?? 0;
}

/** The zero point of a tensor quantized as a whole. */
export function zeroPointOf(tensor: Tensor): number {
  return quantizationOf(tensor).zeroPoint[0] ?? 0;
}

/** The tables of an int8 kernel with one requantization per output channel. */
export function channelTables(
  x: Tensor,
  weights: Tensor,
  bias: Tensor,
  y: Tensor,
  layout: string,
  node: string,
): ConstantTable[] {
  const scales = channelRequantizations(x, weights, y, `node '${node}'`);
  return [
    { role: 'weights', values: weights.data!, comment: `${weights.shape.join('x')}: ${layout}` },
    { role: 'bias', values: bias.data!, comment: 'per output channel, in units of scale_x * scale_w' },
    {
      role: 'multiplier',
      values: Int32Array.from(scales, (s) => s.multiplier),
      comment: 'scale_x * scale_w / scale_y = multiplier * 2^(shift - 31)',
    },
    {
      role: 'shift',
      values: Int8Array.from(scales, (s) => s.shift),
      comment: 'per output channel; negative is to the right',
    },
  ];
}

/**
 * Proves that no sum can leave an int32, whatever the input: |bias[o]| + sum |w[o]| * max |x - zeroPoint| < 2^31.
 * Throws `CompileError` where that fails.
 */
export function proveAccumulators(x: Tensor, weights: Tensor, bias: Tensor, where: string): void {
  const channels = weights.shape[0] ?? 0;
  const size = weights.data!.length / channels;
  const zeroPoint = zeroPointOf(x);
  const farthest = Math.max(127 - zeroPoint, zeroPoint + 128);
  for (let channel = 0; channel < channels; channel++) {
    let most = Math.abs(numbers(bias.data!)[channel]!);
    for (let i = channel * size; i < (channel + 1) * size; i++) most += Math.abs(numbers(weights.data!)[i]!) * farthest;
    if (most < 2 ** 31) continue;
    const message = `the sum of output channel ${channel} can reach ${most}, an int32 ends at ${2 ** 31 - 1}`;
    throw new CompileError(
      'E-ACCUMULATOR',
      where,
      message,
      'Compile with --quantize float32, or make the layer smaller',
    );
  }
}

import {
  type Activation,
  CompileError,
  elementCount,
  InvariantError,
  type OpName,
  type QuantizationParams,
  type Tensor,
} from '@kiln/ir';
import {
  requantizationOf,
  requantize,
  requantizeWide,
  type Requantization,
  WIDE_LIMIT,
  wideMultiplier,
  wideScaleProblems,
} from '../arithmetic/requantization.js';
import type { SupportName } from '../arithmetic/support.js';
import { cInt, cPlus } from '../emit/c-literal.js';
import { C_TYPE } from '../emit/c-types.js';
import { clampData, integerActivationRange, integerLimits } from './activation.js';
import type { ConstantTable } from './kernel.js';
import type { Site } from './site.js';

/** What convolutions and dense layers share: int8 weights per output channel, int32 biases, one requantization each. */

/** Per output channel: scale_x * scale_w[o] / scale_y. */
function channelRequantizations(x: Tensor, weights: Tensor, y: Tensor, where: string): Requantization[] {
  const { scale } = quantizationOf(weights);
  // TensorFlow Lite Micro rounds the product to float32 for matrices of one scale, and nowhere else.
  const product = scale.length === 1 && weights.shape.length === 2 ? Math.fround : (value: number) => value;
  return Array.from({ length: y.shape.at(-1)! }, (_, channel) => {
    const weightScale = scale[scale.length === 1 ? 0 : channel] ?? 0;
    return requantizationOf(product(scaleOf(x) * weightScale) / scaleOf(y), where);
  });
}

/** The same as reals. */
export function channelScales({ x, weights, y }: Weighted, where: string): number[] {
  return channelRequantizations(x, weights, y, where).map(({ multiplier, shift }) => multiplier * 2 ** (shift - 31));
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

/** Whether sums are kept in 64 bits: int16 activations with a bias of 64 bits. */
function isWide(bias: Tensor): boolean {
  return bias.dtype === 'int64';
}

/**
 * How the sum of output channel o becomes an output: y = clamp(zeroPoint_y + requantize(sum, scale_x * scale_w[o] / scale_y)).
 * The sum starts at `biasOf(o)`; that it cannot leave its integer has been proven. A greater sum gives no lesser output where
 * `wraps` is false for both: a shift to the left is modulo 2^32.
 */
export function outputStage({ x, weights, bias, y }: Weighted, activation: Activation, where: string): OutputStage {
  const scales = channelRequantizations(x, weights, y, where);
  const { low, high } = integerActivationRange(activation, y);
  const zeroY = zeroPointOf(y);
  const round = isWide(bias) ? requantizeWide : requantize;
  const offsets = Float64Array.from(bias.data as Int32Array, Number);
  return {
    biasOf: (o) => offsets[o]!,
    finish: (sum, o) => Math.max(low, Math.min(high, zeroY + round(sum, scales[o]!))),
    wraps: (sum, o) => Math.abs(sum) * 2 ** Math.max(0, scales[o]!.shift) >= 2 ** 31 - 1,
  };
}

export interface OutputStage {
  readonly biasOf: (o: number) => number;
  readonly finish: (sum: number, o: number) => number;
  readonly wraps: (sum: number, o: number) => boolean;
}

/** The tensors of a weighted operator. */
export interface Weighted {
  readonly x: Tensor;
  readonly weights: Tensor;
  readonly bias: Tensor;
  readonly y: Tensor;
}

export function weightedOf({ inputs, outputs }: Site<OpName>): Weighted {
  return { x: inputs[0]!, weights: inputs[1]!, bias: inputs[2]!, y: outputs[0]! };
}

/**
 * The tables of an integer kernel: weights, unless they are computed, bias, and the requantizations where channels differ in
 * theirs.
 */
export function channelTables({ x, weights, bias, y }: Weighted, layout: string, where: string): ConstantTable[] {
  const scales = channelRequantizations(x, weights, y, where);
  const comment = `${weights.shape.join('x')}: ${layout}`;
  return [
    ...(weights.data === null ? [] : [{ role: 'weights', values: weights.data, comment }]),
    { role: 'bias', values: bias.data!, comment: 'per output channel, in units of scale_x * scale_w' },
    ...(isUniform(scales) ? [] : requantizationTables(scales, isWide(bias))),
  ];
}

function requantizationTables(scales: readonly Requantization[], wide: boolean): ConstantTable[] {
  return [
    {
      role: 'multiplier',
      values: wide
        ? Int16Array.from(scales, (s) => wideMultiplier(s.multiplier))
        : Int32Array.from(scales, (s) => s.multiplier),
      comment: `scale_x * scale_w / scale_y = multiplier * 2^(shift - ${wide ? 15 : 31})`,
    },
    {
      role: 'shift',
      values: Int8Array.from(scales, (s) => s.shift),
      comment: 'per output channel, left if positive',
    },
  ];
}

function isUniform(scales: readonly Requantization[]): boolean {
  return scales.every(({ multiplier, shift }) => multiplier === scales[0]!.multiplier && shift === scales[0]!.shift);
}

/** Types and constants of an integer kernel, for its template; `scaled` is the requantized sum. */
export function channelData({ x, weights, bias, y }: Weighted, activation: Activation, where: string) {
  const wide = isWide(bias);
  const scales = channelRequantizations(x, weights, y, where);
  const { multiplier, shift } = scales[0] ?? { multiplier: 0, shift: 0 };
  const scale = isUniform(scales)
    ? `${cInt(wide ? wideMultiplier(multiplier) : multiplier)}, ${cInt(shift)}`
    : 'multiplier[o], shift[o]';
  return {
    xType: C_TYPE[x.dtype],
    yType: C_TYPE[y.dtype],
    sumType: wide ? 'int64_t' : 'int32_t',
    scaled: `${wide ? 'requantize_wide' : 'requantize'}(sum, ${scale})`,
    offset: cPlus(-zeroPointOf(x)),
    ...clampData(activation, y),
  };
}

export function channelSupports(bias: Tensor): readonly SupportName[] {
  return ['clamp', isWide(bias) ? 'requantizeWide' : 'requantize'];
}

/**
 * Proves that no sum can leave its integer, whatever the input: |bias[o]| + sum |w[o]| * max |x - zeroPoint| stays below
 * 2^31, or 2^47 for sums of 64 bits. `channelOf` says to which output a weight belongs. Throws `CompileError` otherwise.
 */
export function proveAccumulators(
  { x, weights, bias }: Weighted,
  where: string,
  channelOf: (index: number) => number = byRow(weights),
): void {
  const { low, high } = integerLimits(x.dtype);
  const farthest = Math.max(high - zeroPointOf(x), zeroPointOf(x) - low);
  const zero = zeroPointOf(weights);
  const most = Float64Array.from(bias.data as Int32Array, (value) => Math.abs(Number(value)));
  if (weights.data === null)
    most.forEach((_, o) => (most[o]! += (elementCount(weights.shape) / most.length) * farthest * 255));
  else (weights.data as Int8Array).forEach((w, i) => (most[channelOf(i)]! += Math.abs(w - zero) * farthest));
  const limit = isWide(bias) ? WIDE_LIMIT : 2 ** 31;
  const channel = most.findIndex((value) => value >= limit);
  if (channel < 0) return;
  const message = `the sum of output channel ${channel} can reach ${most[channel]}, expected less than ${limit}`;
  throw new CompileError('E-ACCUMULATOR', where, message, 'Compile with --quantize float32, or make the layer smaller');
}

/** For weights whose last dimension is that of output channels. */
export function byLastDimension(weights: Tensor): (index: number) => number {
  const channels = weights.shape.at(-1)!;
  return (index) => index % channels;
}

/** For weights whose first dimension is that of output channels. */
export function byRow(weights: Tensor): (index: number) => number {
  const size = elementCount(weights.shape.slice(1));
  return (index) => Math.floor(index / size);
}

/** What an operator with weights cannot do with its tensors. `channelAxis` is the weights' dimension of output channels. */
export function weightedProblems({ x, weights, bias, y }: Weighted, channelAxis: number): string[] {
  const problems: string[] = [];
  if (weights.data === null && weights.shape.length !== 2) {
    problems.push('found weights that are computed, expected constants');
  }
  if (bias.data === null) problems.push('found a bias that is computed, expected a constant');
  const types = `${x.dtype}, ${weights.dtype}, ${bias.dtype} -> ${y.dtype}`;
  if (!WEIGHTED_TYPES.includes(types)) {
    problems.push(`found ${types}, expected one of ${WEIGHTED_TYPES.join('; ')}`);
    return problems;
  }
  if (x.dtype === 'float32') return problems;
  for (const tensor of [x, y]) {
    if (tensor.quantization?.scale.length !== 1)
      problems.push(`found no single scale for '${tensor.name}', expected one`);
  }
  if (x.dtype === 'int16' && [x, y].some(({ quantization }) => quantization?.zeroPoint[0] !== 0)) {
    problems.push('found an int16 tensor with a zero point, expected 0');
  }
  const { quantization } = weights;
  if (quantization === null) problems.push('found weights without scales, expected some');
  else if (quantization.axis !== null && quantization.axis !== channelAxis) {
    problems.push(`found weight scales along dimension ${quantization.axis}, expected ${channelAxis}`);
  } else if (quantization.zeroPoint.some((zero) => zero !== 0) && (channelAxis !== 0 || weights.shape.length !== 2)) {
    problems.push('found weights with a zero point, expected 0');
  }
  if (problems.length > 0 || !isWide(bias)) return problems;
  return wideScaleProblems(channelRequantizations(x, weights, y, `tensor '${y.name}'`));
}

const WEIGHTED_TYPES: readonly string[] = [
  'float32, float32, float32 -> float32',
  'int8, int8, int32 -> int8',
  'int16, int8, int64 -> int16',
  'int16, int8, int32 -> int16',
];

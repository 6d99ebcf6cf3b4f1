import { type DType, DTYPE_BYTES } from '@kiln/ir';
import { requantizationOf, requantize } from '../../arithmetic/requantization.js';
import { cInt, cPlus } from '../../emit/c-literal.js';
import { C_TYPE } from '../../emit/c-types.js';
import { integerActivationRange } from '../activation.js';
import { clamped } from '../pointwise/clamped.js';
import { type Formula, pointwiseOperator } from '../pointwise/pointwise.js';
import { oneScaleProblems, oneTypeProblems } from '../pointwise/type-problems.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { unaryProblems } from './unary-problems.js';

const ABS_TYPES = ['float32', 'int8', 'int16', 'int32'] as const;

/** Of integers without a scale modulo 2 to the number of their bits. */
export const abs = pointwiseOperator<'abs'>({
  op: 'abs',
  summary: 'y = |x|',
  dtypes: ABS_TYPES,
  quantizer: 'calibrated',
  instructions: 20,
  problems: (site) => {
    const { dtype, quantization } = site.inputs[0]!;
    return dtype === 'int16' && quantization === null
      ? oneTypeProblems(site.outputs.concat(site.inputs))
      : unaryProblems(site, ABS_TYPES);
  },
  formula: (site) => {
    const { dtype, quantization } = site.inputs[0]!;
    if (dtype === 'float32') return { evaluate: Math.abs, result: 'value > 0.0f ? value : 0.0f - value' };
    return dtype === 'int32' || quantization === null ? wrappedMagnitude(dtype) : quantizedMagnitude(site);
  },
});

function wrappedMagnitude(dtype: DType): Formula {
  const magnitude = 'value < 0 ? 0u - (uint32_t)value : (uint32_t)value';
  return { evaluate: (value) => wrapped(dtype, Math.abs(value)), result: `(${C_TYPE[dtype]})(${magnitude})` };
}

/** Source: TensorFlow Lite Micro, `AbsEvalQuantized`. */
function quantizedMagnitude({ node, inputs, outputs }: Site<'abs'>): Formula {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const scale = requantizationOf(scaleOf(x) / scaleOf(y), `node '${node.name}'`);
  const [zeroX, zero] = [zeroPointOf(x), zeroPointOf(y)];
  const { low, high } = integerActivationRange('none', y);
  const centred = zeroX === 0 ? 'value' : 'centred';
  const size = `${centred} < 0 ? -${centred} : ${centred}`;
  return {
    evaluate: (value) => Math.max(low, Math.min(high, zero + requantize(Math.abs(value - zeroX), scale))),
    lines: [
      ...(zeroX === 0 ? [] : [`const int32_t centred = value${cPlus(-zeroX)};`]),
      `const int32_t size = ${size};`,
    ],
    ...clamped(`requantize(size, ${cInt(scale.multiplier)}, ${cInt(scale.shift)})`, 'none', y),
  };
}

const NEG_TYPES = ['float32', 'int8', 'int16', 'int32', 'int64'] as const;

/**
 * Of quantized integers the integers as they are, as TensorFlow Lite's reference kernels negate them: that stands for the
 * negated reals where the zero points are 0 and the scales one, so nothing else is taken.
 */
export const neg = pointwiseOperator<'neg'>({
  op: 'neg',
  summary: 'y = -x',
  dtypes: NEG_TYPES,
  quantizer: 'float32',
  problems: ({ inputs, outputs }) => {
    const tensors = [...inputs, ...outputs];
    const points = tensors.map(({ quantization }) => quantization?.zeroPoint[0] ?? 0);
    return [
      ...oneTypeProblems(tensors),
      ...oneScaleProblems(tensors),
      ...(points.every((point) => point === 0) ? [] : [`found the zero points ${points.join(' and ')}, expected 0`]),
    ];
  },
  formula: ({ inputs }) => {
    const { dtype } = inputs[0]!;
    if (dtype === 'float32') return { evaluate: (value) => -value, result: '-value' };
    if (dtype !== 'int64')
      return { evaluate: (value) => wrapped(dtype, -value), result: `(${C_TYPE[dtype]})(0u - (uint32_t)value)` };
    return {
      evaluate: (value) => BigInt.asIntN(64, -(value as unknown as bigint)) as unknown as number,
      result: '(int64_t)((uint64_t)0 - (uint64_t)value)',
    };
  },
});

export const square = pointwiseOperator<'square'>({
  op: 'square',
  summary: 'y = x^2',
  dtypes: ['float32'],
  exactness: 'one rounding',
  quantizer: 'float32',
  problems: (site) => unaryProblems(site, ['float32']),
  formula: () => ({ evaluate: (value) => Math.fround(value * value), result: 'value * value' }),
});

const SIGN_TYPES = ['float32', 'int32'] as const;

/** Of what is not a number it is 0. */
export const sign = pointwiseOperator<'sign'>({
  op: 'sign',
  summary: 'y = x > 0 ? 1 : x < 0 ? -1 : 0',
  dtypes: SIGN_TYPES,
  quantizer: 'float32',
  problems: (site) => unaryProblems(site, SIGN_TYPES),
  formula: ({ inputs }) => ({
    evaluate: (value) => (value > 0 ? 1 : value < 0 ? -1 : 0),
    result:
      inputs[0]!.dtype === 'float32'
        ? 'value > 0.0f ? 1.0f : (value < 0.0f ? -1.0f : 0.0f)'
        : 'value > 0 ? 1 : (value < 0 ? -1 : 0)',
  }),
});

/** An integer modulo 2 to the bits of a type of up to 32. */
function wrapped(dtype: DType, value: number): number {
  const unused = 32 - 8 * DTYPE_BYTES[dtype];
  return (value << unused) >> unused;
}

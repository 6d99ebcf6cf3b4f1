import type { DType } from '@kiln/ir';
import { floatOfInt64 } from '../../arithmetic/float-of-int64.js';
import { cFloat } from '../../emit/c-literal.js';
import { C_TYPE } from '../../emit/c-types.js';
import { type Formula, pointwiseOperator } from '../pointwise/pointwise.js';

/** Bits of an integer type, and whether it has a sign. */
const INTEGERS: Readonly<Partial<Record<DType, { readonly bits: number; readonly signed: boolean }>>> = {
  int8: { bits: 8, signed: true },
  uint8: { bits: 8, signed: false },
  int16: { bits: 16, signed: true },
  int32: { bits: 32, signed: true },
  int64: { bits: 64, signed: true },
};

/** Integers modulo 2 to the bits of the result; floats cut off and saturated. Scales count for nothing. */
export const cast = pointwiseOperator<'cast'>({
  op: 'cast',
  summary: "y = x as a number of y's type",
  dtypes: ['float32', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'],
  exactness: 'one rounding',
  quantizer: 'float32',
  problems: () => [],
  formula: ({ inputs, outputs }) => {
    const [from, to] = [inputs[0]!.dtype, outputs[0]!.dtype];
    if (from === to) return { evaluate: (value) => value, result: to === 'float32' ? 'value' : `(${C_TYPE[to]})value` };
    if (to === 'bool') return truth(from);
    if (to === 'float32') return toFloat(from);
    return from === 'float32' ? fromFloat(to) : betweenIntegers(from, to);
  },
});

/** What is not a number is true. */
function truth(from: DType): Formula {
  return {
    evaluate: (value) => Number(value) !== 0,
    result: `value != ${from === 'float32' ? '0.0f' : '0'}`,
  };
}

function toFloat(from: DType): Formula {
  if (from === 'bool') return { evaluate: (value) => value !== 0, result: 'value != 0 ? 1.0f : 0.0f' };
  return {
    evaluate: from === 'int64' ? (value) => floatOfInt64(value as unknown as bigint) : Math.fround,
    result: '(float)value',
  };
}

/** What is beyond the type becomes its end, what is no number 0. Source: TensorFlow Lite Micro, `CAST` as it runs. */
function fromFloat(to: DType): Formula {
  const { bits, signed } = INTEGERS[to]!;
  const limit = 2n ** BigInt(signed ? bits - 1 : bits);
  const [low, high] = [signed ? -limit : 0n, limit - 1n];
  const wide = to === 'int64';
  const type = wide ? 'int64_t' : 'int32_t';
  const [lowText, highText] = bits < 32 ? [String(low), String(high)] : [`INT${bits}_MIN`, `INT${bits}_MAX`];
  const evaluate = (value: number): bigint => {
    if (value >= Number(limit)) return high;
    if (value <= Number(low)) return low;
    return Number.isNaN(value) ? 0n : BigInt(Math.trunc(value));
  };
  return {
    evaluate: wide ? (value) => evaluate(value) as unknown as number : (value) => Number(evaluate(value)),
    lines: [
      `${type} whole = 0;`,
      `if (value >= ${cFloat(Number(limit))}) {`,
      `    whole = ${highText};`,
      `} else if (value <= ${cFloat(Number(low))}) {`,
      `    whole = ${lowText};`,
      '} else if (value == value) {',
      `    whole = (${type})value;`,
      '}',
    ],
    result: bits < 32 ? `(${C_TYPE[to]})whole` : 'whole',
  };
}

function betweenIntegers(from: DType, to: DType): Formula {
  const { bits, signed } = INTEGERS[to]!;
  const wrap = (value: bigint): bigint => (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
  const isTrue = from === 'bool';
  const evaluate = (value: number | bigint): bigint => (isTrue ? BigInt(value !== 0) : wrap(BigInt(value)));
  return {
    evaluate: (to === 'int64' ? evaluate : (value: number) => Number(evaluate(value))) as Formula['evaluate'],
    result: isTrue
      ? `(${C_TYPE[to]})(value != 0)`
      : to === 'int32' && from !== 'int64'
        ? 'value'
        : `(${C_TYPE[to]})value`,
  };
}

import type { Activation, ArithmeticName } from '@kiln/ir';
import { requantizationOf, requantize } from '../../arithmetic/requantization.js';
import { cInt, cInt64, cPlus } from '../../emit/c-literal.js';
import { C_TYPE } from '../../emit/c-types.js';
import { type Clamp, clampData, floatActivation, floatActivationLines, integerActivationRange } from '../activation.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { type Formula, pointwiseOperator } from './pointwise.js';
import { rescale } from './rescale.js';
import { arithmeticProblems } from './type-problems.js';

type Name = Exclude<ArithmeticName, 'div'>;

const SIGN = { add: '+', sub: '-', mul: '*' } as const;

const FLOAT = {
  add: (a: number, b: number): number => Math.fround(a + b),
  sub: (a: number, b: number): number => Math.fround(a - b),
  mul: (a: number, b: number): number => Math.fround(a * b),
};
const INT32 = {
  add: (a: number, b: number): number => (a + b) | 0,
  sub: (a: number, b: number): number => (a - b) | 0,
  mul: Math.imul,
};
const INT64 = {
  add: (a: bigint, b: bigint): bigint => a + b,
  sub: (a: bigint, b: bigint): bigint => a - b,
  mul: (a: bigint, b: bigint): bigint => a * b,
};

function operator<K extends Name>(op: K) {
  return pointwiseOperator<K>({
    op,
    summary: `y = activation(a ${SIGN[op]} b)`,
    dtypes: ['float32', 'int8', 'int16', 'int32', 'int64'],
    exactness: 'one rounding',
    quantizer: 'calibrated',
    problems: arithmeticProblems,
    instructions: 30,
    formula: (site) => {
      switch (site.outputs[0]!.dtype) {
        case 'float32':
          return floatFormula(op, site.node.attributes.activation);
        case 'int32':
          return int32Formula(op, site.node.attributes.activation);
        case 'int64':
          return int64Formula(op, site.node.attributes.activation);
        default:
          return op === 'mul' ? productFormula(site) : sumFormula(op, site);
      }
    },
  });
}

export const add = operator('add');
export const sub = operator('sub');
export const mul = operator('mul');

function floatFormula(op: Name, activation: Activation): Formula {
  const activate = floatActivation(activation);
  return {
    evaluate: (a, b) => activate(FLOAT[op](a, b)),
    lines: [`float result = a ${SIGN[op]} b;`, ...floatActivationLines(activation, 'result')],
    result: 'result',
  };
}

/** Modulo 2^32. */
function int32Formula(op: Name, activation: Activation): Formula {
  const { low, high } = integerActivationRange(activation, { dtype: 'int32', quantization: null });
  const sum = `(int32_t)((uint32_t)a ${SIGN[op]} (uint32_t)b)`;
  return {
    evaluate: (a, b) => Math.max(low, Math.min(high, INT32[op](a, b))),
    result: activation === 'none' ? sum : `clamp(${sum}, ${cInt(low)}, ${cInt(high)})`,
    supports: activation === 'none' ? [] : ['clamp'],
  };
}

/** Modulo 2^64. */
function int64Formula(op: Name, activation: Activation): Formula {
  const { low, high } = integerActivationRange(activation, { dtype: 'int32', quantization: null });
  const [bottom, top] = [low > -(2 ** 31) ? BigInt(low) : null, high < 2 ** 31 - 1 ? BigInt(high) : null];
  return {
    evaluate: (a, b) => {
      const sum = BigInt.asIntN(64, INT64[op](a as unknown as bigint, b as unknown as bigint));
      const raised = bottom !== null && sum < bottom ? bottom : sum;
      return (top !== null && raised > top ? top : raised) as unknown as number;
    },
    lines: [
      `int64_t result = (int64_t)((uint64_t)a ${SIGN[op]} (uint64_t)b);`,
      ...(bottom === null ? [] : [`result = result < ${cInt64(bottom)} ? ${cInt64(bottom)} : result;`]),
      ...(top === null ? [] : [`result = result > ${cInt64(top)} ? ${cInt64(top)} : result;`]),
    ],
    result: 'result',
  };
}

/**
 * Both operands at twice the greater of their scales, in 2^-20 (int16: 2^-15) of it; then to the result's scale.
 *
 * Source: TensorFlow Lite Micro, `CalculateOpDataAdd`, `reference_integer_ops::Add`.
 */
function sumFormula(op: 'add' | 'sub', { node, inputs, outputs }: Site<Name>): Formula {
  const where = `node '${node.name}'`;
  const [x0, x1, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const leftShift = y.dtype === 'int16' ? 15 : 20;
  const unit = 2 * Math.max(scaleOf(x0), scaleOf(x1));
  const left = rescale(requantizationOf(scaleOf(x0) / unit, where), zeroPointOf(x0), leftShift);
  const right = rescale(requantizationOf(scaleOf(x1) / unit, where), zeroPointOf(x1), leftShift);
  const total = rescale(requantizationOf(unit / (2 ** leftShift * scaleOf(y)), where), 0, 0);
  const { low, high } = integerActivationRange(node.attributes.activation, y);
  const zero = zeroPointOf(y);
  const sign = op === 'add' ? 1 : -1;
  return {
    evaluate: (a, b) =>
      Math.max(low, Math.min(high, zero + total.evaluate(left.evaluate(a) + sign * right.evaluate(b)))),
    lines: [`const int32_t sum = ${left.text('a')} ${SIGN[op]} ${right.text('b')};`],
    ...clamped(total.text('sum'), node.attributes.activation, y),
  };
}

/** Source: TensorFlow Lite Micro, `reference_integer_ops::Mul`. */
function productFormula({ node, inputs, outputs }: Site<Name>): Formula {
  const [x0, x1, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const scale = requantizationOf((scaleOf(x0) * scaleOf(x1)) / scaleOf(y), `node '${node.name}'`);
  const { low, high } = integerActivationRange(node.attributes.activation, y);
  const [zero0, zero1, zero] = [zeroPointOf(x0), zeroPointOf(x1), zeroPointOf(y)];
  const centred = (name: string, point: number): string => (point === 0 ? name : `(${name}${cPlus(-point)})`);
  return {
    evaluate: (a, b) => Math.max(low, Math.min(high, zero + requantize((a - zero0) * (b - zero1), scale))),
    lines: [`const int32_t product = ${centred('a', zero0)} * ${centred('b', zero1)};`],
    ...clamped(`requantize(product, ${cInt(scale.multiplier)}, ${cInt(scale.shift)})`, node.attributes.activation, y),
  };
}

/** An integer within the activation's range, as the result. */
export function clamped(
  text: string,
  activation: Clamp,
  y: Site<Name>['outputs'][number],
): Pick<Formula, 'result' | 'supports'> {
  const { low, high, plusZeroPoint } = clampData(activation, y);
  return {
    result: `(${C_TYPE[y.dtype]})(clamp(${text}, ${low}, ${high})${plusZeroPoint})`,
    supports: ['clamp', 'requantize'],
  };
}

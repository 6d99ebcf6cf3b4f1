import type { Activation, ArithmeticName } from '@kiln/ir';
import { requantizationOf, requantize } from '../../arithmetic/requantization.js';
import { cInt, cInt64, cPlus } from '../../emit/c-literal.js';
import { floatActivation, floatActivationLines, integerActivationRange } from '../activation.js';
import type { Operator } from '../operator.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { clamped } from './clamped.js';
import { type Formula, type Pointwise, pointwiseOperator } from './pointwise.js';
import { sumFormula, type SumName } from './quantized-sum.js';
import { sumKernels } from './sum-kernels.js';
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

function arithmetic<K extends Name>(op: K): Pointwise<K> {
  return {
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
          return site.node.op === 'mul' ? productFormula(site) : sumFormula(site as Site<SumName>);
      }
    },
  };
}

/** Sums of int8 have kernels of their own. */
function sumOperator<K extends SumName>(op: K): Operator<K> {
  const definition = pointwiseOperator(arithmetic(op));
  return { ...definition, kernels: [...definition.kernels, ...sumKernels(arithmetic(op))] };
}

export const add = sumOperator('add');
export const sub = sumOperator('sub');
export const mul = pointwiseOperator(arithmetic('mul'));

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

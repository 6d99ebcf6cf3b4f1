import type { DType } from '@kiln/ir';
import { floatFloorDivide, floatFloorRemainder } from '../../arithmetic/float-remainder.js';
import { quantizedDivide } from '../../arithmetic/quantized-divide.js';
import { requantizationOf } from '../../arithmetic/requantization.js';
import { cInt, cPlus } from '../../emit/c-literal.js';
import { C_TYPE } from '../../emit/c-types.js';
import { clampData, floatActivation, floatActivationLines, integerActivationRange } from '../activation.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { clamped } from './clamped.js';
import { type Formula, pointwiseOperator } from './pointwise.js';
import { arithmeticProblems, oneTypeProblems } from './type-problems.js';

/** Quotients of int8 are shifted right by at least that much less than this. */
const MOST_SHIFT = 23;

export const div = pointwiseOperator<'div'>({
  op: 'div',
  summary: 'y = activation(a / b)',
  dtypes: ['float32', 'int8', 'int32'],
  exactness: 'one rounding',
  quantizer: 'float32',
  instructions: 60,
  problems: (site) => {
    const problems = arithmeticProblems(site);
    if (problems.length > 0 || site.outputs[0]!.dtype !== 'int8') return problems;
    const { shift } = quotientScale(site);
    return shift > MOST_SHIFT ? [`found a multiplier of 2^${shift}, expected below 2^${MOST_SHIFT + 1}`] : [];
  },
  formula: (site) => {
    const { activation } = site.node.attributes;
    switch (site.outputs[0]!.dtype) {
      case 'float32': {
        const activate = floatActivation(activation);
        return {
          evaluate: (a, b) => activate(Math.fround(a / b)),
          lines: ['float result = a / b;', ...floatActivationLines(activation, 'result')],
          result: 'result',
        };
      }
      case 'int32':
        return int32Quotient(site);
      default:
        return quantizedQuotient(site);
    }
  },
});

/** Towards 0; by 0 it is 0, and -2^31 / -1 is -2^31: C leaves both undefined. */
function int32Quotient({ node, outputs }: Site<'div'>): Formula {
  const { activation } = node.attributes;
  const { low, high } = integerActivationRange(activation, outputs[0]!);
  const { low: lowText, high: highText } = clampData(activation, outputs[0]!);
  const minusOne = '(int32_t)(0u - (uint32_t)a)';
  return {
    evaluate: (a, b) => Math.max(low, Math.min(high, b === 0 ? 0 : (a / b) | 0)),
    lines: [`const int32_t quotient = b == 0 ? 0 : (b == -1 ? ${minusOne} : a / b);`],
    result: activation === 'none' ? 'quotient' : `clamp(quotient, ${lowText}, ${highText})`,
    supports: activation === 'none' ? [] : ['clamp'],
  };
}

/** In single precision, as TensorFlow Lite Micro's `CalculateOpDataDiv` computes it. */
function quotientScale({ node, inputs, outputs }: Site<'div'>) {
  const divisor = Math.fround(scaleOf(inputs[1]!) * scaleOf(outputs[0]!));
  return requantizationOf(Math.fround(scaleOf(inputs[0]!) / divisor), `node '${node.name}'`);
}

function quantizedQuotient(site: Site<'div'>): Formula {
  const { activation } = site.node.attributes;
  const [x0, x1, y] = [site.inputs[0]!, site.inputs[1]!, site.outputs[0]!];
  const scale = quotientScale(site);
  const [zero0, zero1, zero] = [zeroPointOf(x0), zeroPointOf(x1), zeroPointOf(y)];
  const { low, high } = integerActivationRange(activation, y);
  const operands = `a${cPlus(-zero0)}, b${cPlus(-zero1)}`;
  const { result, supports = [] } = clamped(
    `quantized_divide(${operands}, ${cInt(scale.multiplier)}, ${cInt(scale.shift)})`,
    activation,
    y,
  );
  return {
    evaluate: (a, b) => Math.max(low, Math.min(high, zero + quantizedDivide(a - zero0, b - zero1, scale))),
    result,
    supports: [...supports, 'quantizedDivide'],
  };
}

const INTEGERS: readonly DType[] = ['int8', 'int16', 'int32'];

/** Of quantized operands the integers as they are: so TensorFlow Lite's reference kernels compute. */
export const floorDiv = pointwiseOperator<'floorDiv'>({
  op: 'floorDiv',
  summary: 'y = floor(a / b)',
  dtypes: ['float32', ...INTEGERS],
  exactness: 'the nearest float32 of the true result, or its neighbour',
  quantizer: 'float32',
  instructions: 60,
  problems: ({ inputs, outputs }) => oneTypeProblems([...inputs, ...outputs]),
  formula: ({ outputs }) => {
    const { dtype } = outputs[0]!;
    if (dtype === 'float32') {
      return {
        evaluate: floatFloorDivide,
        result: 'float_floor_divide(a, b)',
        supports: ['floatRemainder', 'floatFloorDivide'],
      };
    }
    return {
      evaluate: (a, b) => (b === 0 ? 0 : Math.floor(a / b) | 0),
      lines: [
        `const int32_t quotient = b == 0 ? 0 : (b == -1 ? (int32_t)(0u - (uint32_t)a) : a / b);`,
        `const int32_t down = b != 0 && b != -1 && a % b != 0 && (a < 0) != (b < 0) ? 1 : 0;`,
      ],
      result: dtype === 'int32' ? 'quotient - down' : `(${C_TYPE[dtype]})(quotient - down)`,
    };
  },
});

/** As `floorDiv`; the remainder of a division by 0 is 0. */
export const floorMod = pointwiseOperator<'floorMod'>({
  op: 'floorMod',
  summary: 'y = a - floor(a / b) * b',
  dtypes: ['float32', ...INTEGERS, 'int64'],
  exactness: 'exact, but for one rounding where the signs differ',
  quantizer: 'float32',
  instructions: 60,
  problems: ({ inputs, outputs }) => oneTypeProblems([...inputs, ...outputs]),
  formula: ({ outputs }) => {
    const { dtype } = outputs[0]!;
    if (dtype === 'float32') {
      return {
        evaluate: floatFloorRemainder,
        lines: ['const float remainder = float_remainder(a, b);'],
        result: 'remainder != 0.0f && (remainder < 0.0f) != (b < 0.0f) ? remainder + b : remainder',
        supports: ['floatRemainder'],
      };
    }
    const type = dtype === 'int64' ? 'int64_t' : 'int32_t';
    const sum = 'remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder';
    return {
      evaluate: dtype === 'int64' ? wideFloorRemainder : floorRemainder,
      lines: [`const ${type} remainder = b == 0 || b == -1 ? 0 : a % b;`],
      result: dtype === 'int8' || dtype === 'int16' ? `(${C_TYPE[dtype]})(${sum})` : sum,
    };
  },
});

function floorRemainder(a: number, b: number): number {
  const remainder = b === 0 ? 0 : a % b;
  return (remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder) + 0;
}

function wideFloorRemainder(a: number, b: number): number {
  const [dividend, divisor] = [a, b] as unknown as [bigint, bigint];
  const remainder = divisor === 0n ? 0n : dividend % divisor;
  const sum = remainder !== 0n && remainder < 0n !== divisor < 0n ? remainder + divisor : remainder;
  return sum as unknown as number;
}

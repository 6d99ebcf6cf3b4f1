import { requantizationOf, requantize } from '../../arithmetic/requantization.js';
import { cInt, cPlus } from '../../emit/c-literal.js';
import { clampData, integerLimits } from '../activation.js';
import { stridesOf } from '../nest.js';
import { IN_PLACE } from '../operator.js';
import { oneTypeProblems } from '../pointwise/type-problems.js';
import { scaleProblems } from '../scale-problems.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { reductionOperator, type ReductionFormula, type ReductionNest } from './reduction.js';

/** Sums of int8 are kept in 2^-19 of the input's scale. */
const UNIT = 2 ** 19;

export const cumSum = reductionOperator<'cumSum'>({
  op: 'cumSum',
  summary: 'y[i] = the sum of x[j], j <= i along the axis (exclusive: j < i; reverse: from the end)',
  dtypes: ['float32', 'int8', 'int32', 'int64'],
  exactness: 'one rounding for each value',
  quantizer: 'float32',
  memory: IN_PLACE,
  inferShapes: (_, [x]) => [x!.shape],
  nest: nestOf,
  problems: ({ inputs, outputs }) => [
    ...oneTypeProblems([...inputs, ...outputs]),
    ...scaleProblems([...inputs, ...outputs]),
  ],
  formula: (site) => {
    const { exclusive } = site.node.attributes;
    switch (site.inputs[0]!.dtype) {
      case 'float32':
        return plainFormula('float', 0, exclusive, (a, b) => Math.fround(a + b));
      case 'int32':
        return plainFormula('uint32_t', 0, exclusive, (a, b) => (a + b) | 0);
      case 'int64': {
        const wide = (value: number): bigint => value as unknown as bigint;
        const add = (a: number, b: number): number => BigInt.asIntN(64, wide(a) + wide(b)) as unknown as number;
        return plainFormula('uint64_t', 0n as unknown as number, exclusive, add);
      }
      default:
        return quantizedFormula(site);
    }
  },
});

/** Along the axis last, from its end if reversed. */
function nestOf({ node, inputs }: Site<'cumSum'>): ReductionNest {
  const { axis, reverse } = node.attributes;
  const { shape } = inputs[0]!;
  const strides = stridesOf(shape);
  const others = shape.map((_, d) => d).filter((d) => d !== axis);
  const along = strides[axis]! * (reverse ? -1 : 1);
  const offset = reverse ? strides[axis]! * (shape[axis]! - 1) : 0;
  const element = { offset, strides: [...others.map((d) => strides[d]!), along] };
  return {
    sizes: [...others.map((d) => shape[d]!), shape[axis]!],
    operands: [element, element, { offset: 0, strides: [...others.map(() => 0), 1] }],
  };
}

function plainFormula(
  type: 'float' | 'uint32_t' | 'uint64_t',
  start: number,
  exclusive: boolean,
  add: (a: number, b: number) => number,
): ReductionFormula {
  const float = type === 'float';
  const adding = float ? 'sum = sum + value;' : `sum += (${type})value;`;
  const signed = float ? '' : `(${type.slice(1)})`;
  return {
    start,
    step: add,
    finish: (sum, before) => (exclusive ? before : sum),
    writes: 'every turn',
    startLines: [`${type} sum = ${float ? '0.0f' : '0'};`],
    stepLines: ({ target }) => ordered(exclusive, adding, [`${target} = ${signed}sum;`]),
    finishLines: () => [],
  };
}

/**
 * The sum starts from the integer 0, not from the zero point: so TensorFlow Lite Micro computes. Sums are modulo 2^32.
 *
 * Source: TensorFlow Lite Micro, `CumSum(const ArithmeticParams&, const int8_t*, ...)`.
 */
function quantizedFormula({ node, inputs, outputs }: Site<'cumSum'>): ReductionFormula {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const scale = requantizationOf(scaleOf(x) / (UNIT * scaleOf(y)), `node '${node.name}'`);
  const [zeroX, zeroY] = [zeroPointOf(x), zeroPointOf(y)];
  const { low, high } = integerLimits(y.dtype);
  const { low: lowText, high: highText, plusZeroPoint } = clampData('none', y);
  const { exclusive } = node.attributes;
  const scaled = `requantize((int32_t)sum, ${cInt(scale.multiplier)}, ${cInt(scale.shift)})`;
  const start = (-zeroX * UNIT) | 0;
  return {
    start,
    step: (sum, value) => (sum + (value - zeroX) * UNIT) | 0,
    finish: (sum, before) => Math.max(low, Math.min(high, zeroY + requantize(exclusive ? before : sum, scale))),
    writes: 'every turn',
    startLines: [`uint32_t sum = ${zeroX === 0 ? '0' : `(uint32_t)${start < 0 ? `(${cInt(start)})` : cInt(start)}`};`],
    stepLines: ({ target }) =>
      ordered(exclusive, `sum += (uint32_t)(${zeroX === 0 ? 'value' : `(value${cPlus(-zeroX)})`} * ${cInt(UNIT)});`, [
        `const int32_t scaled = clamp(${scaled}, ${lowText}, ${highText});`,
        `${target} = (int8_t)(scaled${plusZeroPoint});`,
      ]),
    finishLines: () => [],
    supports: ['clamp', 'requantize'],
  };
}

function ordered(exclusive: boolean, adding: string, writing: readonly string[]): readonly string[] {
  return exclusive ? [...writing, adding] : [adding, ...writing];
}

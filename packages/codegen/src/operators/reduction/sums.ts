import { type Requantization, requantizationOf, requantize } from '../../arithmetic/requantization.js';
import { cFloat, cInt, cInt64, cPlus } from '../../emit/c-literal.js';
import { C_TYPE } from '../../emit/c-types.js';
import { clampData, integerLimits } from '../activation.js';
import { oneTypeProblems } from '../pointwise/type-problems.js';
import { scaleProblems } from '../scale-problems.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { reducedCount, reducedNest, reducedShapes } from './reduced-nest.js';
import { reductionOperator, type ReductionFormula } from './reduction.js';

type SumName = 'mean' | 'sum';

function sumOperator<K extends SumName>(op: K) {
  return reductionOperator<K>({
    op,
    summary: `y = the ${op} of the values along the axes`,
    dtypes: ['float32', 'int8', 'int16', 'int32', 'int64'],
    exactness: 'one rounding for each value',
    quantizer: 'calibrated',
    inferShapes: reducedShapes,
    nest: ({ node, inputs }) => reducedNest(inputs[0]!.shape, node.attributes.axes),
    problems: (site) => [
      ...oneTypeProblems([...site.inputs, ...site.outputs]),
      ...scaleProblems([...site.inputs, ...site.outputs]),
      ...overflowProblems(site),
    ],
    formula: (site) => {
      const count = op === 'mean' ? reducedCount(site) : 1;
      switch (site.inputs[0]!.dtype) {
        case 'float32':
          return floatFormula(count);
        case 'int32':
          return op === 'mean' ? int32Mean(count) : int32Sum();
        case 'int64':
          return int64Formula(count);
        default:
          return requantized(site);
      }
    },
  });
}

export const mean = sumOperator('mean');
export const sum = sumOperator('sum');

/** Sums of quantized values are int32. */
function overflowProblems(site: Site<SumName>): string[] {
  const { dtype } = site.inputs[0]!;
  if (dtype !== 'int8' && dtype !== 'int16') return [];
  const { low, high } = integerLimits(dtype);
  const most = Math.floor((2 ** 31 - 1) / (high - low));
  const count = reducedCount(site);
  return count > most ? [`found ${count} values of ${dtype} in one sum, expected at most ${most}`] : [];
}

function floatFormula(count: number): ReductionFormula {
  const divisor = Math.fround(count);
  return {
    start: 0,
    step: (total, value) => Math.fround(total + value),
    finish: (total) => Math.fround(total / divisor),
    writes: 'once',
    startLines: ['float sum = 0.0f;'],
    stepLines: () => ['sum = sum + value;'],
    finishLines: ({ target }) => [`${target} = sum${count === 1 ? '' : ` / ${cFloat(divisor)}`};`],
  };
}

/** Modulo 2^32. */
function int32Sum(): ReductionFormula {
  return {
    start: 0,
    step: (total, value) => (total + value) | 0,
    finish: (total) => total,
    writes: 'once',
    startLines: ['uint32_t sum = 0;'],
    stepLines: () => ['sum += (uint32_t)value;'],
    finishLines: ({ target }) => [`${target} = (int32_t)sum;`],
  };
}

/** The sum in 64 bits, divided towards 0. */
function int32Mean(count: number): ReductionFormula {
  return {
    start: 0,
    step: (total, value) => total + value,
    finish: (total) => dividedTowardsZero(total, count),
    writes: 'once',
    startLines: ['int64_t sum = 0;'],
    stepLines: () => ['sum += value;'],
    finishLines: ({ target }) => [`${target} = (int32_t)(sum / ${cInt(count)});`],
  };
}

/** Modulo 2^64, divided towards 0. */
function int64Formula(count: number): ReductionFormula {
  const wide = (value: number): bigint => value as unknown as bigint;
  return {
    start: 0n as unknown as number,
    step: (total, value) => BigInt.asIntN(64, wide(total) + wide(value)) as unknown as number,
    finish: (total) => (wide(total) / BigInt(count)) as unknown as number,
    writes: 'once',
    startLines: ['uint64_t sum = 0;'],
    stepLines: () => ['sum += (uint64_t)value;'],
    finishLines: ({ target }) => [`${target} = (int64_t)sum${count === 1 ? '' : ` / ${cInt64(BigInt(count))}`};`],
  };
}

/** Source: TensorFlow Lite Micro, `QuantizedMeanOrSum`. */
function requantized(site: Site<SumName>): ReductionFormula {
  const [x, y] = [site.inputs[0]!, site.outputs[0]!];
  const count = reducedCount(site);
  const whole = requantizationOf(scaleOf(x) / scaleOf(y), `node '${site.node.name}'`);
  const scale = site.node.op === 'mean' ? dividedBy(whole, count) : whole;
  const zeros = zeroPointOf(x) * count;
  const { low, high } = integerLimits(y.dtype);
  const zero = zeroPointOf(y);
  const { low: lowText, high: highText, plusZeroPoint } = clampData('none', y);
  const scaled = `requantize(sum${cPlus(-zeros)}, ${cInt(scale.multiplier)}, ${cInt(scale.shift)})`;
  return {
    start: 0,
    step: (total, value) => total + value,
    writes: 'once',
    startLines: ['int32_t sum = 0;'],
    stepLines: () => ['sum += value;'],
    finish: (total) => Math.max(low, Math.min(high, zero + requantize(total - zeros, scale))),
    finishLines: ({ target }) => [
      `const int32_t scaled = clamp(${scaled}, ${lowText}, ${highText});`,
      `${target} = (${C_TYPE[y.dtype]})(scaled${plusZeroPoint});`,
    ],
    supports: ['clamp', 'requantize'],
  };
}

/** The multiplier of a mean: as many bits of the quotient as the shift can give back, the rest cut off. */
function dividedBy({ multiplier, shift }: Requantization, count: number): Requantization {
  const bits = Math.min(Math.floor(Math.log2(count)), 32, 31 + shift);
  return { multiplier: Number((BigInt(multiplier) << BigInt(bits)) / BigInt(count)), shift: shift - bits };
}

function dividedTowardsZero(value: number, divisor: number): number {
  return (value - (value % divisor)) / divisor;
}

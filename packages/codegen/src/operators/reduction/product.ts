import {
  type Requantization,
  requantizationOf,
  requantizeWide,
  wideMultiplier,
  wideScaleProblems,
} from '../../arithmetic/requantization.js';
import { cInt, cPlus } from '../../emit/c-literal.js';
import { clampData, integerLimits } from '../activation.js';
import { oneTypeProblems } from '../pointwise/type-problems.js';
import { scaleProblems } from '../scale-problems.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { reducedCount, reducedNest, reducedShapes } from './reduced-nest.js';
import { reductionOperator, type ReductionFormula } from './reduction.js';

export const reduceProd = reductionOperator<'reduceProd'>({
  op: 'reduceProd',
  summary: 'y = the product of the values along the axes',
  dtypes: ['float32', 'int8', 'int32', 'int64'],
  exactness: 'one rounding for each value',
  quantizer: 'float32',
  inferShapes: reducedShapes,
  nest: ({ node, inputs }) => reducedNest(inputs[0]!.shape, node.attributes.axes),
  problems: (site) => {
    const tensors = [...site.inputs, ...site.outputs];
    const problems = [...oneTypeProblems(tensors), ...scaleProblems(tensors)];
    if (problems.length > 0 || site.inputs[0]!.dtype !== 'int8') return problems;
    return wideScaleProblems([productScale(site)]);
  },
  formula: (site) => {
    switch (site.inputs[0]!.dtype) {
      case 'float32':
        return plainFormula('float', '1.0f', 1, (a, b) => Math.fround(a * b));
      case 'int32':
        return plainFormula('uint32_t', '1', 1, Math.imul);
      case 'int64': {
        const wide = (value: number): bigint => value as unknown as bigint;
        const multiply = (a: number, b: number): number => BigInt.asIntN(64, wide(a) * wide(b)) as unknown as number;
        return plainFormula('uint64_t', '1', 1n as unknown as number, multiply);
      }
      default:
        return quantizedFormula(site);
    }
  },
});

/** Of integers modulo 2^32 or 2^64. */
function plainFormula(
  type: 'float' | 'uint32_t' | 'uint64_t',
  text: string,
  start: number,
  multiply: (a: number, b: number) => number,
): ReductionFormula {
  const signed = type === 'float' ? '' : `(${type.slice(1)})`;
  const factor = type === 'float' ? 'value' : `(${type})value`;
  return {
    start,
    step: multiply,
    finish: (product) => product,
    writes: 'once',
    startLines: [`${type} product = ${text};`],
    stepLines: () => [`product = product * ${factor};`],
    finishLines: ({ target }) => [`${target} = ${signed}product;`],
  };
}

/** Each of the n factors takes the n-th root of the output's scale. Source: TensorFlow Lite, `GetQuantProdScaling`. */
function productScale(site: Site<'reduceProd'>): Requantization {
  const root = scaleOf(site.outputs[0]!) ** (1 / reducedCount(site));
  return requantizationOf(scaleOf(site.inputs[0]!) / root, `node '${site.node.name}'`);
}

/** Scaled after every factor, with multipliers of 15 bits. Source: TensorFlow Lite, `QuantizedReduceProd`. */
function quantizedFormula(site: Site<'reduceProd'>): ReductionFormula {
  const y = site.outputs[0]!;
  const scale = productScale(site);
  const [zeroX, zeroY] = [zeroPointOf(site.inputs[0]!), zeroPointOf(y)];
  const { low, high } = integerLimits(y.dtype);
  const { low: lowText, high: highText, plusZeroPoint } = clampData('none', y);
  const scaled = (text: string): string =>
    `requantize_wide(${text}, ${cInt(wideMultiplier(scale.multiplier))}, ${cInt(scale.shift)})`;
  return {
    start: 0,
    step: (product, value, turn) => (turn === 0 ? value - zeroX : requantizeWide(product * (value - zeroX), scale)),
    finish: (product) => Math.max(low, Math.min(high, zeroY + requantizeWide(product, scale))),
    writes: 'once',
    startLines: ['int32_t product = 0;'],
    stepLines: ({ turn }) => {
      const first = `value${cPlus(-zeroX)}`;
      const next = scaled(`(int64_t)product * (value${cPlus(-zeroX)})`);
      return [turn === '0' ? `product = ${first};` : `product = ${turn} == 0 ? ${first} : ${next};`];
    },
    finishLines: ({ target }) => [
      `const int32_t scaled = clamp(${scaled('product')}, ${lowText}, ${highText});`,
      `${target} = (int8_t)(scaled${plusZeroPoint});`,
    ],
    supports: ['clamp', 'requantizeWide'],
  };
}

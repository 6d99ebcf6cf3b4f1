import { requantizationOf, requantize } from '../../arithmetic/requantization.js';
import { cInt, cPlus } from '../../emit/c-literal.js';
import { integerActivationRange } from '../activation.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { clamped } from './clamped.js';
import { type Formula, pointwiseOperator } from './pointwise.js';
import { arithmeticProblems, oneScaleProblems } from './type-problems.js';

/** Sums of int8 are made in 2^-19 of the inputs' scale. */
const UNIT = 2 ** 19;

/** Sums of more inputs could leave int32, and would take more parameters than is sensible. */
const MOST_INPUTS = 16;

export const addN = pointwiseOperator<'addN'>({
  op: 'addN',
  summary: 'y = the sum of all inputs',
  dtypes: ['float32', 'int8', 'int32'],
  exactness: 'one rounding for each input',
  quantizer: 'as-input',
  anyNumber: true,
  instructions: 20,
  problems: (site) => {
    const shapes = new Set(site.inputs.map(({ shape }) => shape.join()));
    const count = site.inputs.length;
    return [
      ...arithmeticProblems(site),
      ...oneScaleProblems(site.inputs),
      ...(shapes.size > 1 ? [`found shapes that differ, expected one for all`] : []),
      ...(count > MOST_INPUTS ? [`found ${count} inputs, expected at most ${MOST_INPUTS}`] : []),
    ];
  },
  formula: (site, elements) => {
    switch (site.outputs[0]!.dtype) {
      case 'float32':
        return {
          evaluate: (...values) => summands(site, values).reduce((sum, value) => Math.fround(sum + value)),
          result: elements.join(' + '),
        };
      case 'int32':
        return {
          evaluate: (...values) => summands(site, values).reduce((sum, value) => (sum + value) | 0),
          result: `(int32_t)(${elements.map((element) => `(uint32_t)${element}`).join(' + ')})`,
        };
      default:
        return quantizedFormula(site, elements);
    }
  },
});

/** Evaluations are called with at least three values. */
function summands({ inputs }: Site<'addN'>, values: readonly number[]): readonly number[] {
  return values.slice(0, inputs.length);
}

/**
 * The sum starts from the integer 0, not from the zero point: so TensorFlow Lite Micro computes.
 *
 * Source: TensorFlow Lite Micro, `AddN(const ArithmeticParams&, ...)`.
 */
function quantizedFormula(site: Site<'addN'>, elements: readonly string[]): Formula {
  const [x, y] = [site.inputs[0]!, site.outputs[0]!];
  const scale = requantizationOf(scaleOf(x) / (UNIT * scaleOf(y)), `node '${site.node.name}'`);
  const zeros = zeroPointOf(x) * (site.inputs.length + 1);
  const { low, high } = integerActivationRange('none', y);
  const zero = zeroPointOf(y);
  return {
    evaluate: (...values) => {
      const sum = summands(site, values).reduce((total, value) => total + value, -zeros);
      return Math.max(low, Math.min(high, zero + requantize(sum * UNIT, scale)));
    },
    lines: [`const int32_t sum = (${elements.join(' + ')}${cPlus(-zeros)}) * ${cInt(UNIT)};`],
    ...clamped(`requantize(sum, ${cInt(scale.multiplier)}, ${cInt(scale.shift)})`, 'none', y),
  };
}

import { requantizationOf, requantize } from '../../arithmetic/requantization.js';
import { cInt } from '../../emit/c-literal.js';
import { integerActivationRange } from '../activation.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { clamped } from './clamped.js';
import { type Formula, pointwiseOperator } from './pointwise.js';
import { rescale } from './rescale.js';
import { arithmeticProblems } from './type-problems.js';

export const squaredDifference = pointwiseOperator<'squaredDifference'>({
  op: 'squaredDifference',
  summary: 'y = (a - b)^2',
  dtypes: ['float32', 'int8', 'int16', 'int32'],
  exactness: 'two roundings',
  quantizer: 'calibrated',
  problems: arithmeticProblems,
  instructions: 30,
  formula: (site) => {
    switch (site.outputs[0]!.dtype) {
      case 'float32':
        return {
          evaluate: (a, b) => {
            const difference = Math.fround(a - b);
            return Math.fround(difference * difference);
          },
          lines: ['const float difference = a - b;'],
          result: 'difference * difference',
        };
      case 'int32':
        return {
          evaluate: (a, b) => Math.imul(a - b, a - b),
          lines: ['const uint32_t difference = (uint32_t)a - (uint32_t)b;'],
          result: '(int32_t)(difference * difference)',
        };
      default:
        return quantizedFormula(site);
    }
  },
});

/**
 * Both operands at twice the greater of their scales, in 2^-7 of it for int8.
 *
 * Source: TensorFlow Lite Micro, squared_difference.cc.
 */
function quantizedFormula({ node, inputs, outputs }: Site<'squaredDifference'>): Formula {
  const where = `node '${node.name}'`;
  const [x0, x1, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const leftShift = y.dtype === 'int16' ? 0 : 7;
  const unit = 2 * Math.max(scaleOf(x0), scaleOf(x1));
  const left = rescale(requantizationOf(scaleOf(x0) / unit, where), zeroPointOf(x0), leftShift);
  const right = rescale(requantizationOf(scaleOf(x1) / unit, where), zeroPointOf(x1), leftShift);
  const scale = requantizationOf((unit * unit) / (2 ** (2 * leftShift) * scaleOf(y)), where);
  const { low, high } = integerActivationRange('none', y);
  const zero = zeroPointOf(y);
  return {
    evaluate: (a, b) => {
      const difference = left.evaluate(a) - right.evaluate(b);
      return Math.max(low, Math.min(high, zero + requantize(difference * difference, scale)));
    },
    lines: [`const int32_t difference = ${left.text('a')} - ${right.text('b')};`],
    ...clamped(`requantize(difference * difference, ${cInt(scale.multiplier)}, ${cInt(scale.shift)})`, 'none', y),
  };
}

import { perTensor } from '@kiln/ir';
import { fixedPointLog } from '../../arithmetic/fixed-point-log.js';
import { floatExp } from '../../arithmetic/float-exp.js';
import { floatLog } from '../../arithmetic/float-log.js';
import { requantizationOf, requantize, roundingDivideByPowerOfTwo } from '../../arithmetic/requantization.js';
import { cInt } from '../../emit/c-literal.js';
import { elementProblems, fixedResultProblems } from '../element-problems.js';
import type { Site } from '../site.js';
import { depthProblems, exponentialsOf } from './exponentials.js';
import { GREATEST_FLOAT, greatestFloat } from './greatest-float.js';
import { depthOf, type RowFormula, rowOperator } from './row-operator.js';

const { fround } = Math;

const RESULT = perTensor(16 / 256, 127);

export const logSoftmax = rowOperator<'logSoftmax'>({
  op: 'logSoftmax',
  summary: 'y[i] = x[i] - log(sum over j of exp(x[j])), with the greatest x taken off first',
  dtypes: ['float32', 'int8'],
  exactness: 'exp and log in specified float operations',
  quantizer: RESULT,
  instructions: 200,
  problems: (site) => {
    const problems = elementProblems(site);
    if (problems.length > 0 || site.inputs[0]!.dtype !== 'int8') return problems;
    return [...fixedResultProblems(site, RESULT), ...depthProblems(site)];
  },
  formula: (site) => (site.inputs[0]!.dtype === 'float32' ? floatFormula(site) : int8Formula(site)),
});

function floatFormula(site: Site<'logSoftmax'>): RowFormula {
  const depth = depthOf(site);
  return {
    evaluate: (x, y, row) => {
      const greatest = greatestFloat(x, row, depth);
      let sum = 0;
      for (let i = 0; i < depth; i++) sum = fround(sum + floatExp(fround(x[row + i]! - greatest)));
      const logarithm = floatLog(sum);
      for (let i = 0; i < depth; i++) y[row + i] = fround(fround(x[row + i]! - greatest) - logarithm);
    },
    sweeps: [
      GREATEST_FLOAT,
      { before: ['float sum = 0.0f;'], body: ['sum = sum + float_exp(x[row + i] - greatest);'] },
      {
        before: ['const float logarithm = float_log(sum);'],
        body: ['y[row + i] = x[row + i] - greatest - logarithm;'],
      },
    ],
    supports: ['floatExp', 'floatLog'],
  };
}

/** Fractional bits of a scaled difference beyond those of the result, which has 4 integer bits. */
const LOST_BITS = 22;

/** Source: TensorFlow Lite Micro, `LogSoftmaxQuantized`, `PreprocessLogSoftmaxScalingExp`. */
function int8Formula(site: Site<'logSoftmax'>): RowFormula {
  const depth = depthOf(site);
  const exponentials = exponentialsOf(site, 1);
  const { multiplier, leftShift, leastDifference } = exponentials.scaling;
  const inverse = requantizationOf(2 ** (31 - leftShift) / multiplier, `node '${site.node.name}'`);
  const leastText = `requantize(logarithm + INT32_MIN, ${cInt(inverse.multiplier)}, ${cInt(inverse.shift)})`;
  const bound = Math.max(leastDifference, -256) - 1;
  return {
    evaluate: (x, y, row) => {
      const greatest = exponentials.greatest(x, row);
      const logarithm = fixedPointLog(exponentials.sum(x, row, greatest));
      const least = Math.max(bound, requantize(logarithm - 2 ** 31, inverse));
      for (let i = 0; i < depth; i++) {
        const difference = x[row + i]! - greatest;
        const scaled = difference > least ? exponentials.scaled(difference) : null;
        const result = scaled === null ? -128 : roundingDivideByPowerOfTwo(scaled - logarithm, LOST_BITS) + 127;
        y[row + i] = Math.max(-128, Math.min(127, result));
      }
    },
    sweeps: [
      ...exponentials.sweeps,
      {
        before: ['const int32_t logarithm = fixed_log(sum);', `const int32_t least = ${leastText};`],
        body: [
          'const int32_t difference = x[row + i] - greatest;',
          'int32_t result = -128;',
          `if (difference > least && difference > ${cInt(bound)}) {`,
          `    result = fixed_divide(${exponentials.scaledText} - logarithm, ${cInt(LOST_BITS)}) + 127;`,
          '}',
          'y[row + i] = (int8_t)clamp(result, -128, 127);',
        ],
      },
    ],
    supports: ['clamp', 'requantize', 'fixedPointSoftmax', 'fixedPointLog'],
  };
}

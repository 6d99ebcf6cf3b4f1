import { perTensor } from '@kiln/ir';
import { floatSqrt } from '../../arithmetic/float-sqrt.js';
import { inverseSquareRoot } from '../../arithmetic/inverse-square-root.js';
import { requantize } from '../../arithmetic/requantization.js';
import { cFloat, cPlus } from '../../emit/c-literal.js';
import { elementProblems, fixedResultProblems } from '../element-problems.js';
import type { Site } from '../site.js';
import { zeroPointOf } from '../weighted.js';
import { depthOf, type RowFormula, rowOperator } from './row-operator.js';

const { fround } = Math;

const RESULT = perTensor(1 / 128, 0);

/** Rows no longer than this have a sum of squares, each at most 255^2, that is an int32. */
const GREATEST_DEPTH = Math.floor((2 ** 31 - 1) / 255 ** 2);

/** The least length that is divided by. Source: TensorFlow Lite Micro, l2norm.cc. */
const LEAST_LENGTH = fround(1e-6);

export const l2Normalization = rowOperator<'l2Normalization'>({
  op: 'l2Normalization',
  summary: 'y[i] = x[i] / sqrt(sum over j of x[j]^2)',
  dtypes: ['float32', 'int8'],
  exactness: 'one rounding for each operation, in order',
  quantizer: RESULT,
  instructions: 40,
  problems: (site) => {
    const problems = elementProblems(site);
    if (problems.length > 0 || site.inputs[0]!.dtype !== 'int8') return problems;
    const depth = depthOf(site);
    const long = depth > GREATEST_DEPTH ? [`found rows of ${depth}, expected at most ${GREATEST_DEPTH}`] : [];
    return [...fixedResultProblems(site, RESULT), ...long];
  },
  formula: (site) => (site.inputs[0]!.dtype === 'float32' ? floatFormula(site) : int8Formula(site)),
});

function floatFormula(site: Site<'l2Normalization'>): RowFormula {
  const depth = depthOf(site);
  return {
    evaluate: (x, y, row) => {
      let sum = 0;
      for (let i = 0; i < depth; i++) sum = fround(sum + fround(x[row + i]! * x[row + i]!));
      const root = floatSqrt(sum);
      const length = root < LEAST_LENGTH ? LEAST_LENGTH : root;
      for (let i = 0; i < depth; i++) y[row + i] = fround(x[row + i]! / length);
    },
    sweeps: [
      {
        before: ['float sum = 0.0f;'],
        body: ['const float square = x[row + i] * x[row + i];', 'sum = sum + square;'],
      },
      {
        before: [
          'const float root = float_sqrt(sum);',
          `const float length = root < ${cFloat(LEAST_LENGTH)} ? ${cFloat(LEAST_LENGTH)} : root;`,
        ],
        body: ['y[row + i] = x[row + i] / length;'],
      },
    ],
    supports: ['floatSqrt'],
  };
}

/** A row of zeros stays one. Source: TensorFlow Lite Micro, reference/integer_ops/l2normalization.h. */
function int8Formula(site: Site<'l2Normalization'>): RowFormula {
  const depth = depthOf(site);
  const zero = zeroPointOf(site.inputs[0]!);
  const centred = `const int32_t centred = x[row + i]${cPlus(-zero)};`;
  return {
    evaluate: (x, y, row) => {
      let sum = 0;
      for (let i = 0; i < depth; i++) sum += (x[row + i]! - zero) ** 2;
      const { multiplier, shift } = inverseSquareRoot(Math.max(sum, 1));
      for (let i = 0; i < depth; i++) {
        const scaled = requantize(x[row + i]! - zero, { multiplier, shift: shift + 7 });
        y[row + i] = Math.max(-128, Math.min(127, scaled));
      }
    },
    sweeps: [
      { before: ['int32_t sum = 0;'], body: [centred, 'sum += centred * centred;'] },
      {
        before: ['int32_t shift;', 'const int32_t multiplier = inverse_square_root(sum > 1 ? sum : 1, &shift);'],
        body: [centred, 'y[row + i] = (int8_t)clamp(requantize(centred, multiplier, shift + 7), -128, 127);'],
      },
    ],
    supports: ['clamp', 'requantize', 'inverseSquareRoot'],
  };
}

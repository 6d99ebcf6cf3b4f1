import { perTensor } from '@kiln/ir';
import { expOnNegativeValues, reciprocal } from '../../arithmetic/fixed-point-softmax.js';
import { floatExp } from '../../arithmetic/float-exp.js';
import { roundingDivideByPowerOfTwo, saturatingDoublingHighMultiply } from '../../arithmetic/requantization.js';
import { cFloat, cInt } from '../../emit/c-literal.js';
import { fixedResultProblems } from '../element-problems.js';
import { scaleProblems } from '../scale-problems.js';
import type { Site } from '../site.js';
import { depthProblems, exponentialsOf } from './exponentials.js';
import { GREATEST_FLOAT, greatestFloat } from './greatest-float.js';
import { depthOf, type RowFormula, rowOperator } from './row-operator.js';
import { int16DepthProblems, softmaxOfInt16 } from './softmax-int16.js';

/** Input and result types, and the result's quantization. Source: the TensorFlow Lite quantization specification. */
const RESULTS = {
  'int8 -> int8': perTensor(1 / 256, -128),
  'int8 -> int16': perTensor(1 / 65536, -32768),
  'int16 -> int16': perTensor(1 / 32768, 0),
} as const;

export const softmax = rowOperator<'softmax'>({
  op: 'softmax',
  summary: 'y[i] = exp(beta * x[i]) / sum over j of exp(beta * x[j]), with the greatest x taken off first',
  dtypes: ['float32', 'int8', 'int16'],
  exactness: 'exp in specified float operations',
  quantizer: RESULTS['int8 -> int8'],
  instructions: 300,
  problems: (site) => {
    const { beta } = site.node.attributes;
    const positive = beta > 0 && Number.isFinite(beta) ? [] : [`found a beta of ${beta}, expected one above 0`];
    return [...positive, ...typeProblems(site)];
  },
  formula: (site) => {
    const { dtype } = site.inputs[0]!;
    if (dtype === 'float32') return floatFormula(site);
    return dtype === 'int16' ? softmaxOfInt16(site) : int8Formula(site);
  },
});

function typeProblems(site: Site<'softmax'>): string[] {
  const [x, y] = [site.inputs[0]!, site.outputs[0]!];
  const types = `${x.dtype} -> ${y.dtype}`;
  if (types === 'float32 -> float32') return [];
  if (!(types in RESULTS)) return [`found ${types}, expected one of ${Object.keys(RESULTS).join('; ')}`];
  const limits = x.dtype === 'int16' ? int16DepthProblems(site) : depthProblems(site);
  const scales = scaleProblems(x.dtype === y.dtype ? [x, y] : [x]);
  return [...scales, ...fixedResultProblems(site, RESULTS[types as keyof typeof RESULTS]), ...limits];
}

/** e[i] = exp(beta * (x[i] - max x)); sum in order; y[i] = e[i] / sum, each operation rounded to float32. */
function floatFormula(site: Site<'softmax'>): RowFormula {
  const { fround } = Math;
  const depth = depthOf(site);
  const beta = fround(site.node.attributes.beta);
  const difference = 'x[row + i] - greatest';
  return {
    evaluate: (x, y, row) => {
      const greatest = greatestFloat(x, row, depth);
      let sum = 0;
      for (let i = 0; i < depth; i++) {
        const exp = floatExp(fround(fround(x[row + i]! - greatest) * beta));
        y[row + i] = exp;
        sum = fround(sum + exp);
      }
      for (let i = 0; i < depth; i++) y[row + i] = fround(y[row + i]! / sum);
    },
    sweeps: [
      GREATEST_FLOAT,
      {
        before: ['float sum = 0.0f;'],
        body: [
          `y[row + i] = float_exp(${beta === 1 ? difference : `(${difference}) * ${cFloat(beta)}`});`,
          'sum = sum + y[row + i];',
        ],
      },
      { before: [], body: ['y[row + i] = y[row + i] / sum;'] },
    ],
    supports: ['floatExp'],
  };
}

/** Rows of so many elements may have a sum whose every share is less than half a unit of an int8. */
const SHALLOW_DEPTH = 511;

/**
 * TensorFlow Lite Micro's softmax of int8, step by step; every exponential is computed twice, which needs no memory for
 * them. Where a sum is so great that all shares of an int8 round to 0 the judge gives up.
 *
 * Source: TensorFlow Lite Micro, reference/softmax.h.
 */
function int8Formula(site: Site<'softmax'>): RowFormula {
  const depth = depthOf(site);
  const exponentials = exponentialsOf(site, site.node.attributes.beta);
  const bits = site.outputs[0]!.dtype === 'int8' ? 8 : 16;
  const zero = 2 ** (bits - 1);
  return {
    evaluate: (x, y, row) => {
      const greatest = exponentials.greatest(x, row);
      const { scale, bitsOverUnit } = reciprocal(exponentials.sum(x, row, greatest));
      for (let i = 0; i < depth; i++) {
        const difference = exponentials.scaled(x[row + i]! - greatest);
        const right = bitsOverUnit + 31 - bits;
        const counts = difference !== null && right <= 31;
        const share = counts ? saturatingDoublingHighMultiply(scale, expOnNegativeValues(difference)) : 0;
        y[row + i] = counts ? Math.min(2 * zero - 1, roundingDivideByPowerOfTwo(share, right)) - zero : -zero;
      }
    },
    sweeps: [...exponentials.sweeps, int8Shares(exponentials, bits, depth)],
    supports: ['fixedPointSoftmax'],
  };
}

function int8Shares({ counts, scaledText }: ReturnType<typeof exponentialsOf>, bits: 8 | 16, depth: number) {
  const zero = 2 ** (bits - 1);
  const isDeep = bits === 8 && depth > SHALLOW_DEPTH;
  return {
    before: [
      'int32_t headroom = 0;',
      'while (((uint32_t)sum << headroom) < 0x80000000u) {',
      '    headroom++;',
      '}',
      'const int32_t scale = fixed_one_over_one_plus((int32_t)(((uint32_t)sum << headroom) - 0x80000000u));',
    ],
    body: [
      'const int32_t difference = x[row + i] - greatest;',
      'int32_t probability = 0;',
      `if (${counts}${isDeep ? ' && headroom > 3' : ''}) {`,
      `    const int32_t exponential = fixed_exp(${scaledText});`,
      `    probability = fixed_divide(fixed_multiply(scale, exponential), ${cInt(43 - bits)} - headroom);`,
      '}',
      `y[row + i] = (int${bits}_t)(probability > ${cInt(2 * zero - 1)} ? ${cInt(zero - 1)} : probability - ${cInt(zero)});`,
    ],
  };
}

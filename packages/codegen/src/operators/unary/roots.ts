import { floatSqrt } from '../../arithmetic/float-sqrt.js';
import { inverseSquareRoot } from '../../arithmetic/inverse-square-root.js';
import { requantizationOf, requantize } from '../../arithmetic/requantization.js';
import { cFloat, cInt, cPlus } from '../../emit/c-literal.js';
import { integerActivationRange, integerLimits } from '../activation.js';
import { clamped } from '../pointwise/clamped.js';
import { type Formula, pointwiseOperator } from '../pointwise/pointwise.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { tabulated } from './looked-up.js';
import { unaryProblems } from './unary-problems.js';

const { fround } = Math;
const DTYPES = ['float32', 'int8', 'int16'] as const;

/** TensorFlow Lite Micro has no integers of it: Kiln's own quantization leaves it in float32. */
export const sqrt = pointwiseOperator<'sqrt'>({
  op: 'sqrt',
  summary: 'y = sqrt(x)',
  dtypes: DTYPES,
  exactness: 'one rounding',
  quantizer: 'float32',
  instructions: 150,
  problems: (site) => unaryProblems(site, DTYPES),
  formula: (site) =>
    site.inputs[0]!.dtype === 'float32'
      ? { evaluate: floatSqrt, result: 'float_sqrt(value)', supports: ['floatSqrt'] }
      : quantizedRoot(site),
});

/**
 * In float32, and cut off instead of rounded, as the judge does it. Of what stands for less than 0, which the judge refuses,
 * the root is 0.
 *
 * Source: TensorFlow Lite, `SqrtEvalQuantized`.
 */
function quantizedRoot({ inputs, outputs }: Site<'sqrt'>): Formula {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const [zeroX, zero] = [zeroPointOf(x), zeroPointOf(y)];
  const [scaleX, scaleY] = [fround(scaleOf(x)), fround(scaleOf(y))];
  const { low, high } = integerLimits(y.dtype);
  const most = high - zero;
  const evaluate = (value: number): number => {
    const centred = Math.max(value - zeroX, 0);
    const ratio = fround(floatSqrt(fround(scaleX * centred)) / scaleY);
    return Math.max(low, Math.trunc(Math.min(ratio, most)) + zero);
  };
  if (x.dtype === 'int8') return tabulated(Int8Array.from({ length: 256 }, (_, i) => evaluate(i - 128)));
  return {
    evaluate,
    lines: [
      `const float root = value > 0 ? float_sqrt(${cFloat(scaleX)} * (float)value) : 0.0f;`,
      `const float ratio = root / ${cFloat(scaleY)};`,
    ],
    result: `(int16_t)(ratio < ${cFloat(most)} ? ratio : ${cFloat(most)})`,
    supports: ['floatSqrt'],
  };
}

/** Fractional bits of the inverse root between the two roundings. */
const INVERSE_BITS = 20;
/** Least shift of the second one: it goes right by at most 31. */
const LEAST_SHIFT = INVERSE_BITS - 31;

export const rsqrt = pointwiseOperator<'rsqrt'>({
  op: 'rsqrt',
  summary: 'y = 1 / sqrt(x)',
  dtypes: DTYPES,
  exactness: 'two roundings',
  quantizer: 'calibrated',
  instructions: 170,
  problems: (site) => {
    const problems = unaryProblems(site, DTYPES);
    if (problems.length > 0 || site.inputs[0]!.dtype === 'float32') return problems;
    const { shift } = inverseScale(site);
    return shift < LEAST_SHIFT ? [`found a multiplier of 2^${shift}, expected 2^${LEAST_SHIFT} or more`] : [];
  },
  formula: (site) =>
    site.inputs[0]!.dtype === 'float32'
      ? {
          evaluate: (value) => fround(1 / floatSqrt(value)),
          result: '1.0f / float_sqrt(value)',
          supports: ['floatSqrt'],
        }
      : quantizedInverseRoot(site),
});

function inverseScale({ node, inputs, outputs }: Site<'rsqrt'>) {
  return requantizationOf(1 / (Math.sqrt(scaleOf(inputs[0]!)) * scaleOf(outputs[0]!)), `node '${node.name}'`);
}

/**
 * The inverse root of the integer in fixed point, then to the output's scale. Of 0, and of what stands for less, which the
 * judge refuses, it is the greatest value.
 *
 * Source: TensorFlow Lite Micro, `RsqrtEvalQuantized`.
 */
function quantizedInverseRoot(site: Site<'rsqrt'>): Formula {
  const [x, y] = [site.inputs[0]!, site.outputs[0]!];
  const { multiplier, shift } = inverseScale(site);
  const [zeroX, zero] = [zeroPointOf(x), zeroPointOf(y)];
  const { low, high } = integerActivationRange('none', y);
  const evaluate = (value: number): number => {
    if (value <= zeroX) return high;
    const root = inverseSquareRoot(value - zeroX);
    const inverse = requantize(1, { ...root, shift: root.shift + INVERSE_BITS });
    return Math.max(low, Math.min(high, zero + requantize(inverse, { multiplier, shift: shift - INVERSE_BITS })));
  };
  if (x.dtype === 'int8') return tabulated(Int8Array.from({ length: 256 }, (_, i) => evaluate(i - 128)));
  const { result, supports = [] } = clamped(
    `requantize(inverse, ${cInt(multiplier)}, ${cInt(shift - INVERSE_BITS)})`,
    'none',
    y,
  );
  return {
    evaluate,
    lines: [
      'int32_t shift;',
      'const int32_t root = inverse_square_root(value > 0 ? value : 1, &shift);',
      `const int32_t inverse = requantize(1, root, shift${cPlus(INVERSE_BITS)});`,
    ],
    result: `value > 0 ? ${result} : ${cInt(high)}`,
    supports: [...supports, 'inverseSquareRoot'],
  };
}

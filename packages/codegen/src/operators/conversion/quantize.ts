import type { DType } from '@kiln/ir';
import { requantizationOf, requantize, roundHalfAway } from '../../arithmetic/requantization.js';
import { cFloat, cInt, cPlus } from '../../emit/c-literal.js';
import { C_TYPE } from '../../emit/c-types.js';
import { integerLimits } from '../activation.js';
import { clamped } from '../pointwise/clamped.js';
import { type Formula, pointwiseOperator } from '../pointwise/pointwise.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { singleScaleProblems } from './single-scale-problems.js';

/** Which types become which. Source: TensorFlow Lite Micro, `EvalQuantizeReference`; uint8 results of TensorFlow Lite. */
const RESULTS: Readonly<Partial<Record<DType, readonly DType[]>>> = {
  float32: ['int8', 'uint8', 'int16'],
  int8: ['int8', 'uint8', 'int16', 'int32'],
  uint8: ['int8', 'uint8'],
  int16: ['int8', 'int16', 'int32'],
  int32: ['int8', 'int16'],
};

export const quantize = pointwiseOperator<'quantize'>({
  op: 'quantize',
  summary: 'y = clamp(round(x / scale) + zeroPoint)',
  dtypes: ['float32', 'int8', 'uint8', 'int16', 'int32'],
  exactness: 'the division rounds once to float32, the rest is exact',
  quantizer: 'calibrated',
  instructions: 40,
  problems: ({ inputs, outputs }) => {
    const [from, to] = [inputs[0]!.dtype, outputs[0]!.dtype];
    const results = RESULTS[from] ?? [];
    if (!results.includes(to)) return [`found ${from} to ${to}, expected ${results.join(', ')} for the result`];
    return singleScaleProblems([...inputs, ...outputs]);
  },
  formula: (site) => (site.inputs[0]!.dtype === 'float32' ? fromReals(site) : requantized(site)),
});

/** Ties go away from zero; what is not a number becomes the least value. Source: TensorFlow Lite, `AffineQuantize`. */
function fromReals({ outputs }: Site<'quantize'>): Formula {
  const y = outputs[0]!;
  const [scale, zeroPoint] = [Math.fround(scaleOf(y)), zeroPointOf(y)];
  const limits = integerLimits(y.dtype);
  const [low, high] = [limits.low - zeroPoint, limits.high - zeroPoint];
  return {
    evaluate: (value) => {
      const ratio = Math.fround(value / scale);
      return roundHalfAway(ratio > low ? Math.min(ratio, high) : low) + zeroPoint;
    },
    lines: [
      `const float ratio = value / ${cFloat(scale)};`,
      `const float raised = ratio > ${cFloat(low)} ? ratio : ${cFloat(low)};`,
      `const float bounded = raised < ${cFloat(high)} ? raised : ${cFloat(high)};`,
      'int32_t whole = (int32_t)bounded;',
      'const float rest = bounded - (float)whole;',
      'if (rest >= 0.5f) {',
      '    whole += 1;',
      '} else if (rest <= -0.5f) {',
      '    whole -= 1;',
      '}',
    ],
    result: `(${C_TYPE[y.dtype]})${zeroPoint === 0 ? 'whole' : `(whole${cPlus(zeroPoint)})`}`,
  };
}

/** Source: TensorFlow Lite Micro, `Requantize`. */
function requantized({ node, inputs, outputs }: Site<'quantize'>): Formula {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const scale = requantizationOf(scaleOf(x) / scaleOf(y), `node '${node.name}'`);
  const [zeroX, zero] = [zeroPointOf(x), zeroPointOf(y)];
  const { low, high } = integerLimits(y.dtype);
  const text = `requantize(value${cPlus(-zeroX)}, ${cInt(scale.multiplier)}, ${cInt(scale.shift)})`;
  const stage = y.dtype === 'int32' ? { result: text, supports: ['requantize' as const] } : clamped(text, 'none', y);
  return {
    evaluate: (value) => Math.max(low, Math.min(high, zero + requantize(value - zeroX, scale))),
    ...stage,
  };
}

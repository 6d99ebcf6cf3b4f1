import { requantizationOf, requantize } from '../../arithmetic/requantization.js';
import { cInt, cPlus } from '../../emit/c-literal.js';
import { integerActivationRange } from '../activation.js';
import { scaleProblems } from '../scale-problems.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { clamped } from './clamped.js';
import { type Formula, pointwiseOperator } from './pointwise.js';
import { oneTypeProblems } from './type-problems.js';

export const prelu = pointwiseOperator<'prelu'>({
  op: 'prelu',
  summary: 'y = a >= 0 ? a : a * b',
  dtypes: ['float32', 'int8', 'int16'],
  exactness: 'one rounding',
  quantizer: 'calibrated',
  instructions: 30,
  problems: ({ inputs, outputs }) => {
    const [x, alpha, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
    // Slopes of int16 values may be 8-bit, as weights are.
    const others = x.dtype === 'int16' && alpha.dtype === 'int8' ? [] : [alpha];
    return [...oneTypeProblems([x, y, ...others]), ...scaleProblems([x, alpha, y])];
  },
  formula: (site) =>
    site.outputs[0]!.dtype === 'float32'
      ? {
          evaluate: (a, b) => (a >= 0 ? a : Math.fround(a * b)),
          result: 'a >= 0.0f ? a : a * b',
        }
      : quantizedFormula(site),
});

/** Source: TensorFlow Lite, `BroadcastPrelu4DSlow`. */
function quantizedFormula({ node, inputs, outputs }: Site<'prelu'>): Formula {
  const where = `node '${node.name}'`;
  const [x, alpha, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const kept = requantizationOf(scaleOf(x) / scaleOf(y), where);
  const scaled = requantizationOf((scaleOf(x) * scaleOf(alpha)) / scaleOf(y), where);
  const [zeroX, zeroAlpha, zero] = [zeroPointOf(x), zeroPointOf(alpha), zeroPointOf(y)];
  const { low, high } = integerActivationRange('none', y);
  const factor = zeroAlpha === 0 ? 'b' : `(b${cPlus(-zeroAlpha)})`;
  const call = (text: string, { multiplier, shift }: typeof kept): string =>
    `requantize(${text}, ${cInt(multiplier)}, ${cInt(shift)})`;
  return {
    evaluate: (a, b) => {
      const centred = a - zeroX;
      const result = centred >= 0 ? requantize(centred, kept) : requantize(centred * (b - zeroAlpha), scaled);
      return Math.max(low, Math.min(high, zero + result));
    },
    lines: [
      `const int32_t centred = a${cPlus(-zeroX)};`,
      `const int32_t scaled = centred >= 0 ? ${call('centred', kept)} : ${call(`centred * ${factor}`, scaled)};`,
    ],
    ...clamped('scaled', 'none', y),
  };
}

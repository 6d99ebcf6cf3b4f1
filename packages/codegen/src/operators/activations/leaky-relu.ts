import { type Requantization, requantizationOf, requantize } from '../../arithmetic/requantization.js';
import { cFloat, cInt, cPlus } from '../../emit/c-literal.js';
import { integerActivationRange } from '../activation.js';
import { clamped } from '../pointwise/arithmetic.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { activationOperator, type ElementFormula } from './activation-operator.js';
import { elementProblems } from './element-problems.js';

export const leakyRelu = activationOperator<'leakyRelu'>({
  op: 'leakyRelu',
  summary: 'y = x > 0 ? x : x * alpha',
  dtypes: ['float32', 'int8', 'int16'],
  exactness: 'one rounding',
  quantizer: 'calibrated',
  instructions: 25,
  problems: (site) => {
    const { alpha } = site.node.attributes;
    const slope = Number.isFinite(alpha) ? [] : [`found the slope ${alpha}, expected a finite one`];
    return [...elementProblems(site), ...slope];
  },
  table: (site) => (site.inputs[0]!.dtype === 'int8' ? quantizedFormula(site).evaluate : null),
  formula: (site) => (site.inputs[0]!.dtype === 'float32' ? floatFormula(site) : quantizedFormula(site)),
});

function floatFormula({ node }: Site<'leakyRelu'>): ElementFormula {
  const alpha = Math.fround(node.attributes.alpha);
  return {
    evaluate: (value) => (value > 0 ? value : Math.fround(value * alpha)),
    result: `value > 0.0f ? value : value * ${cFloat(alpha)}`,
  };
}

/** Source: TensorFlow Lite Micro, `QuantizeLeakyRelu`, `CalculateOpDataLeakyRelu`: the scales are floats. */
function quantizedFormula({ node, inputs, outputs }: Site<'leakyRelu'>): ElementFormula {
  const { fround } = Math;
  const [x, y] = [inputs[0]!, outputs[0]!];
  const where = `node '${node.name}'`;
  const kept = requantizationOf(fround(scaleOf(x) / scaleOf(y)), where);
  const sloped = signedRequantization(fround(fround(scaleOf(x) * fround(node.attributes.alpha)) / scaleOf(y)), where);
  const { low, high } = integerActivationRange('none', y);
  const [zeroX, zero] = [zeroPointOf(x), zeroPointOf(y)];
  const call = ({ multiplier, shift }: Requantization): string =>
    `requantize(centred, ${cInt(multiplier)}, ${cInt(shift)})`;
  return {
    evaluate: (value) => {
      const centred = value - zeroX;
      return Math.max(low, Math.min(high, zero + requantize(centred, centred >= 0 ? kept : sloped)));
    },
    lines: [
      `const int32_t centred = value${cPlus(-zeroX)};`,
      `const int32_t scaled = centred >= 0 ? ${call(kept)} : ${call(sloped)};`,
    ],
    ...clamped('scaled', 'none', y),
  };
}

/** Slopes may be negative. */
function signedRequantization(real: number, where: string): Requantization {
  const { multiplier, shift } = requantizationOf(Math.abs(real), where);
  return { multiplier: real < 0 ? -multiplier : multiplier, shift };
}

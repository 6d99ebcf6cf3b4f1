import { elementCount } from '@kiln/ir';
import { type Requantization, requantizationOf, requantize } from '../../arithmetic/requantization.js';
import { cFloat, cInt, cPlus } from '../../emit/c-literal.js';
import { integerActivationRange } from '../activation.js';
import type { Operator } from '../operator.js';
import { clamped } from '../pointwise/clamped.js';
import { type Formula, type Pointwise, pointwiseOperator } from '../pointwise/pointwise.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { tabulatedResults } from './tabulated-results.js';
import { elementProblems } from '../element-problems.js';

const LEAKY_RELU: Omit<Pointwise<'leakyRelu'>, 'formula'> = {
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
};

const computed = pointwiseOperator<'leakyRelu'>({
  ...LEAKY_RELU,
  formula: (site) => (site.inputs[0]!.dtype === 'float32' ? floatFormula(site) : quantizedFormula(site)),
});

const lookedUp = pointwiseOperator<'leakyRelu'>({
  ...LEAKY_RELU,
  instructions: 5,
  formula: (site) => tabulatedResults(quantizedFormula(site).evaluate),
});

/** A table that arithmetic could do without has to serve at least as many elements as it has bytes. */
const LEAST_ELEMENTS = 256;

/** Of int8 the results are looked up where there are many. */
export const leakyRelu: Operator<'leakyRelu'> = {
  ...computed,
  kernels: [
    ...computed.kernels,
    ...lookedUp.kernels.map((kernel) => ({
      ...kernel,
      name: 'leakyRelu-table',
      accepts: ({ inputs: [x] }: Site<'leakyRelu'>) => x!.dtype === 'int8' && elementCount(x!.shape) >= LEAST_ELEMENTS,
    })),
  ],
};

function floatFormula({ node }: Site<'leakyRelu'>): Formula {
  const alpha = Math.fround(node.attributes.alpha);
  return {
    evaluate: (value) => (value > 0 ? value : Math.fround(value * alpha)),
    result: `value > 0.0f ? value : value * ${cFloat(alpha)}`,
  };
}

/** Source: TensorFlow Lite Micro, `QuantizeLeakyRelu`, `CalculateOpDataLeakyRelu`: the scales are floats. */
function quantizedFormula({
  node,
  inputs,
  outputs,
}: Site<'leakyRelu'>): Formula & { readonly evaluate: (value: number) => number } {
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

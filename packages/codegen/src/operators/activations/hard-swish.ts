import { requantizationOf, wideMultiplier } from '../../arithmetic/requantization.js';
import { elementProblems } from '../element-problems.js';
import { type Formula, pointwiseOperator } from '../pointwise/pointwise.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { tabulatedResults } from './tabulated-results.js';

const { fround } = Math;

export const hardSwish = pointwiseOperator<'hardSwish'>({
  op: 'hardSwish',
  summary: 'y = x * min(max(x + 3, 0), 6) / 6',
  dtypes: ['float32', 'int8'],
  exactness: 'three roundings, in the order of TensorFlow Lite',
  quantizer: 'calibrated',
  instructions: 15,
  problems: elementProblems,
  formula: (site) => (site.inputs[0]!.dtype === 'float32' ? FLOAT_FORMULA : tabulatedResults(quantizedResult(site))),
});

const FLOAT_FORMULA: Formula = {
  evaluate: (x) => {
    const raised = fround(x + 3) > 0 ? fround(x + 3) : 0;
    return fround(fround(x * (raised < 6 ? raised : 6)) / 6);
  },
  lines: [
    'const float shifted = value + 3.0f;',
    'const float raised = shifted > 0.0f ? shifted : 0.0f;',
    'const float bounded = raised < 6.0f ? raised : 6.0f;',
  ],
  result: 'value * bounded / 6.0f',
};

/**
 * In integers of 16 bits: x in 1/128 of its scale; the factor min(max(x + 3, 0), 6) / 6 in Q0.15 from x in units of 3/32768.
 *
 * Source: TensorFlow Lite Micro, `HardSwish`, `HardSwishPrepare`, which refuses results of a scale below 1/128 of the
 * input's; here they are shifted left.
 */
function quantizedResult({ node, inputs: [x], outputs: [y] }: Site<'hardSwish'>): (value: number) => number {
  const where = `node '${node.name}'`;
  const fineScale = fround(scaleOf(x!) / 128);
  const kept = requantizationOf(fround(fineScale / scaleOf(y!)), where);
  const relative = requantizationOf(fround(fineScale / fround(3 / 32768)), where);
  const [keptMultiplier, relativeMultiplier] = [wideMultiplier(kept.multiplier), wideMultiplier(relative.multiplier)];
  return (value) => {
    const fine = (value - zeroPointOf(x!)) * 128;
    const onGrid = doublingHighMultiply16(fine, keptMultiplier);
    const factor = (scaledFactor(fine, relativeMultiplier, relative.shift) + 32768) >> 1;
    const product = Math.trunc((factor * onGrid) / 32768);
    const shifted = kept.shift > 0 ? saturatingShiftLeft16(product, kept.shift) : divide16(product, -kept.shift);
    return Math.max(-128, Math.min(127, shifted + zeroPointOf(y!)));
  };
}

/** x in units of 3/32768, saturated: what goes left does so in two steps, the last behind the multiplication. */
function scaledFactor(x: number, multiplier: number, shift: number): number {
  if (shift <= 0) return divide16(doublingHighMultiply16(x, multiplier), -shift);
  return saturatingShiftLeft16(doublingHighMultiply16(saturatingShiftLeft16(x, shift - 1), multiplier), 1);
}

/** a * b / 2^15 of int16, rounded half away from zero below and up above; no two are -2^15. */
function doublingHighMultiply16(a: number, b: number): number {
  const product = a * b;
  return Math.trunc((product + (product >= 0 ? 16384 : -16383)) / 32768);
}

function saturatingShiftLeft16(x: number, bits: number): number {
  return Math.max(-32768, Math.min(32767, x * 2 ** bits));
}

/** x / 2^bits of an int16, rounded half away from zero. From 16 bits on the mask is all ones, and so is the judge's. */
function divide16(x: number, bits: number): number {
  const mask = ((2 ** bits - 1) << 16) >> 16;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> bits) + ((x & mask) > threshold ? 1 : 0);
}

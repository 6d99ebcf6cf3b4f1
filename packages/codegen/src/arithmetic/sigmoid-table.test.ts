import { expect, test } from 'vitest';
import { logisticOfInt16, SIGMOID_TABLE, type SigmoidScaling, sigmoidScaling, tanhOfInt16 } from './sigmoid-table.js';

const SCALES = [2 ** -12, 2 ** -11, 0.00037, 0.001, 1e-6, 0.01, 2.6];

/** FNV-1a of the entries. */
function checksum(values: readonly number[]): number {
  return values.reduce((hash, value) => Math.imul(hash ^ value, 16777619), 0);
}

/** The greatest distance from the exact function of all int16, in units of 2^-15. */
function worst(
  found: (x: number, scaling: SigmoidScaling) => number,
  scaling: SigmoidScaling,
  exact: (x: number) => number,
): number {
  let most = 0;
  for (let x = -32768; x < 32768; x++) most = Math.max(most, Math.abs(found(x, scaling) - 32768 * exact(x)));
  return most;
}

test('the table is that of TensorFlow Lite, to the last entry', () => {
  const some = [0, 1, 4, 35, 128, 254, 255].map((i) => SIGMOID_TABLE[i]);
  expect(some).toEqual([32768, 33451, 35493, 53169, 65221, 65534, 65535]);
  expect(checksum(SIGMOID_TABLE)).toBe(1313660729);
});

test.each(SCALES)('the sigmoid of every int16 of scale %f is within two units of 2^-15', (scale) => {
  const exact = (x: number): number => 1 / (1 + Math.exp(-x * scale));
  expect(worst(logisticOfInt16, sigmoidScaling(scale, 0), exact)).toBeLessThan(2);
});

test.each(SCALES)('the hyperbolic tangent of every int16 of scale %f is within three units of 2^-15', (scale) => {
  expect(worst(tanhOfInt16, sigmoidScaling(scale, 1), (x) => Math.tanh(x * scale))).toBeLessThan(3);
});

test('scales of 2^-12, and of 2^-11 for the tangent, need no rounding', () => {
  expect(sigmoidScaling(2 ** -12, 0)).toEqual({ multiplier: 3, shift: 0 });
  expect(sigmoidScaling(2 ** -11, 1)).toEqual({ multiplier: 6, shift: 0 });
  expect(sigmoidScaling(2 ** -11, 0)).toEqual({ multiplier: 24576, shift: 12 });
});

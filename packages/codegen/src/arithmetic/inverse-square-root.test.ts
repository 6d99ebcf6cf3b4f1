import { expect, test } from 'vitest';
import { inverseSquareRoot } from './inverse-square-root.js';

test('an inverse root is right to two parts in a million', () => {
  let worst = 0;
  for (let x = 2; x < 2 ** 31; x = Math.floor(x * 1.0003) + 1) {
    const { multiplier, shift } = inverseSquareRoot(x);
    worst = Math.max(worst, Math.abs(multiplier * 2 ** (shift - 31) * Math.sqrt(x) - 1));
  }
  expect(worst).toBeGreaterThan(1e-6);
  expect(worst).toBeLessThan(2e-6);
});

test('that of 1 is as near to 1 as Q0.31 comes', () => {
  expect(inverseSquareRoot(1)).toEqual({ multiplier: 2 ** 31 - 1, shift: 0 });
});

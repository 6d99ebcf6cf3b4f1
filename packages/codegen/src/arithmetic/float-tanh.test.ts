import { expect, test } from 'vitest';
import { worstUlps } from '../testing/ulps.js';
import { floatTanh } from './float-tanh.js';

test('tanh is within 1.5 units of the last place on four hundred thousand points', () => {
  const worst = Math.max(worstUlps(floatTanh, Math.tanh, 0, 0.65), worstUlps(floatTanh, Math.tanh, -10, 0));
  expect(worst).toBeGreaterThan(0.5);
  expect(worst).toBeLessThan(1.5);
});

test('tanh is odd, reaches 1, and knows what is no number', () => {
  expect([0, 1e-40, 0.3, 5, 1e38, Infinity].map((x) => floatTanh(-x) + floatTanh(x))).toEqual([0, 0, 0, 0, 0, 0]);
  expect([floatTanh(10), floatTanh(Infinity), floatTanh(-Infinity)]).toEqual([1, 1, -1]);
  expect(floatTanh(Math.fround(1e-40))).toBe(Math.fround(1e-40));
  expect(floatTanh(NaN)).toBeNaN();
});

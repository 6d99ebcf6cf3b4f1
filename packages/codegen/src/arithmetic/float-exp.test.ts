import { expect, test } from 'vitest';
import { floatExp } from './float-exp.js';

/** Distance of two float32 in units of the last place of the first. */
function ulps(exact: number, found: number): number {
  const exponent = Math.max(Math.floor(Math.log2(exact)), -126);
  return Math.abs(found - exact) / 2 ** (exponent - 23);
}

test('exp is within 1.5 units of the last place on two hundred thousand points', () => {
  let worst = 0;
  for (let i = 0; i <= 200_000; i++) {
    const x = Math.fround((-87 * i) / 200_000);
    const found = floatExp(x);
    worst = Math.max(worst, Math.fround(found) === found ? ulps(Math.exp(x), found) : Number.POSITIVE_INFINITY);
  }
  expect(worst).toBeGreaterThan(0.5);
  expect(worst).toBeLessThan(1.5);
});

test('exp of 0 is 1, and below -87 it is 0', () => {
  expect(floatExp(0)).toBe(1);
  expect(floatExp(-0)).toBe(1);
  expect(floatExp(-87)).toBeGreaterThan(0);
  expect(floatExp(Math.fround(-87.0001))).toBe(0);
  expect(floatExp(Number.NEGATIVE_INFINITY)).toBe(0);
});

test('exp never falls as x grows, so that softmax keeps the order of its inputs', () => {
  const points = Array.from({ length: 200_001 }, (_, i) => Math.fround((i - 200_000) / 5000));
  expect(points.filter((x, i) => i > 0 && floatExp(x) < floatExp(points[i - 1]!))).toEqual([]);
});

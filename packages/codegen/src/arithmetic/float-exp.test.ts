import { expect, test } from 'vitest';
import { ulps } from '../testing/ulps.js';
import { floatExp } from './float-exp.js';

/** The worst error on evenly spread points. */
function worstError(low: number, high: number, count: number): number {
  let worst = 0;
  for (let i = 0; i <= count; i++) {
    const x = Math.fround(low + ((high - low) * i) / count);
    worst = Math.max(worst, ulps(Math.exp(x), floatExp(x)));
  }
  return worst;
}

test('exp is within 1.5 units of the last place on four hundred thousand points', () => {
  for (const worst of [worstError(-87, 0, 200_000), worstError(0, 88.7228, 200_000)]) {
    expect(worst).toBeGreaterThan(0.5);
    expect(worst).toBeLessThan(1.5);
  }
});

test('exp of 0 is 1, and below -87 it is 0', () => {
  expect(floatExp(0)).toBe(1);
  expect(floatExp(-0)).toBe(1);
  expect(floatExp(-87)).toBeGreaterThan(0);
  expect(floatExp(Math.fround(-87.0001))).toBe(0);
  expect(floatExp(Number.NEGATIVE_INFINITY)).toBe(0);
});

test('exp reaches the greatest float32, and is infinite behind it', () => {
  expect(floatExp(Math.fround(88.72283))).toBeLessThan(2 ** 128);
  expect(floatExp(Math.fround(88.72283))).toBeGreaterThan(2 ** 128 * 0.9999);
  expect(floatExp(Math.fround(88.72284))).toBe(Infinity);
  expect(floatExp(Infinity)).toBe(Infinity);
  expect(floatExp(NaN)).toBeNaN();
});

test('exp never falls as x grows, so that softmax keeps the order of its inputs', () => {
  const points = Array.from({ length: 200_001 }, (_, i) => Math.fround((i - 200_000) / 5000));
  expect(points.filter((x, i) => i > 0 && floatExp(x) < floatExp(points[i - 1]!))).toEqual([]);
});

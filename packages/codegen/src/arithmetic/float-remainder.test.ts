import { expect, test } from 'vitest';
import { floatFloorDivide, floatFloorRemainder } from './float-remainder.js';

const { fround } = Math;

/** Numbers of all magnitudes, both signs, whole ones among them. */
function numbers(count: number): number[] {
  let state = 1;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return Array.from({ length: count }, (_, i) => {
    const value = (next() - 0.5) * 2 ** Math.floor(next() * 60 - 20);
    return fround(i % 3 === 0 ? Math.trunc(value) : value);
  });
}

test('the quotient is the whole number below, where float32 can tell, and within one unit in the last place elsewhere', () => {
  const [dividends, divisors] = [numbers(100_000), numbers(100_001).slice(1)];
  let worst = 0;
  dividends.forEach((a, i) => {
    const b = divisors[i]!;
    if (b === 0) return;
    const found = floatFloorDivide(a, b);
    // Exact: the remainder is, and what it leaves is a multiple of b.
    const remainder = ((a % b) + b) % b;
    const exact = Math.abs(a / b) < 2 ** 22 ? Math.round((a - remainder) / b) : Math.floor(a / b);
    const unit = 2 ** Math.max(Math.floor(Math.log2(Math.abs(exact))) - 23, 0);
    worst = Math.max(worst, Math.abs(found - exact) / (exact === 0 ? 1 : unit));
  });
  expect(worst).toBeLessThanOrEqual(1);
});

test('remainders have the sign of the divisor', () => {
  expect([floatFloorRemainder(7, 3), floatFloorRemainder(-7, 3)]).toEqual([1, 2]);
  expect([floatFloorRemainder(7, -3), floatFloorRemainder(-7, -3)]).toEqual([-2, -1]);
  expect(floatFloorRemainder(6, -3)).toBe(0);
});

test('division by zero is what IEEE 754 says', () => {
  expect(floatFloorDivide(1, 0)).toBe(Infinity);
  expect(floatFloorDivide(-1, 0)).toBe(-Infinity);
  expect(floatFloorDivide(0, 0)).toBeNaN();
  expect(floatFloorRemainder(1, 0)).toBeNaN();
});

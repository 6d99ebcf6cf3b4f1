import { expect, test } from 'vitest';
import { randomInt32 } from '../testing/random-int32.js';
import { ulps } from '../testing/ulps.js';
import { floatPower } from './float-power.js';

const { fround } = Math;

/** Bases and exponents of all kinds: small powers, great ranges, bases near 1 with great exponents. */
function pairs(count: number): [number, number][] {
  const random = randomInt32(1);
  const unit = (): number => random() / 2 ** 31;
  return Array.from({ length: count }, (_, i) => {
    switch (i % 3) {
      case 0:
        return [fround(5 + 5 * unit()), fround(10 * unit())];
      case 1:
        return [fround(2 ** (149 * unit())), fround(unit() * 2 ** (10 * unit()))];
      default: {
        const base = fround(1 + unit() * 2 ** (11 * unit() - 12));
        return [base, fround((80 / Math.log(base)) * unit())];
      }
    }
  });
}

test('a power is within 0.6 units of the last place on two hundred thousand pairs, within 1 where it is subnormal', () => {
  let [worst, worstSubnormal] = [0, 0];
  for (const [base, exponent] of pairs(200_000)) {
    const exact = base ** exponent;
    if (!Number.isFinite(exponent) || !(exact < 3.4028e38)) continue;
    const error = ulps(exact, floatPower(base, exponent));
    if (exact < 2 ** -126) worstSubnormal = Math.max(worstSubnormal, error);
    else worst = Math.max(worst, error);
  }
  expect(worst).toBeGreaterThan(0.5);
  expect(worst).toBeLessThan(0.6);
  expect(worstSubnormal).toBeLessThan(1);
});

test('powers that are float32 are exact', () => {
  for (let base = 2; base <= 100; base++)
    for (let exponent = 1; base ** exponent < 2 ** 24; exponent++)
      expect(floatPower(base, exponent)).toBe(base ** exponent);
  for (let root = 0; root < 4096; root++) expect(floatPower(root * root, 0.5)).toBe(root);
});

test.each([
  [0, -1, Infinity],
  [-0, -1, -Infinity],
  [-0, -2, Infinity],
  [-0, 3, -0],
  [-0, 2.5, 0],
  [-1, Infinity, 1],
  [1, NaN, 1],
  [NaN, 0, 1],
  [NaN, 1, NaN],
  [2, NaN, NaN],
  [0.5, Infinity, 0],
  [0.5, -Infinity, Infinity],
  [-2, Infinity, Infinity],
  [-2, -Infinity, 0],
  [Infinity, -2, 0],
  [-Infinity, -3, -0],
  [-Infinity, 3, -Infinity],
  [-Infinity, 2.5, Infinity],
  [-8, fround(1 / 3), NaN],
  [-2, 3, -8],
  [-2, -2, 0.25],
  [2, -149, 2 ** -149],
  [2, -151, 0],
  [2, 128, Infinity],
])('%d ^ %d is %d, as C99 has it', (base, exponent, expected) => {
  expect(floatPower(base, exponent)).toBe(expected);
});

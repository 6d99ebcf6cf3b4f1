import { expect, test } from 'vitest';
import { integerPower } from './integer-power.js';

test('powers are exact modulo 2^32', () => {
  for (const base of [-(2 ** 31), -46341, -3, -1, 0, 1, 2, 7, 65536, 2 ** 31 - 1])
    for (const exponent of [0, 1, 2, 3, 31, 32, 1000])
      expect(integerPower(base, exponent)).toBe(Number(BigInt.asIntN(32, BigInt(base) ** BigInt(exponent))));
});

test('of negative exponents only the powers of 1 and -1 are not 0', () => {
  expect([1, -1, -1, 2, 0].map((base, i) => integerPower(base, [-3, -3, -4, -1, -1][i]!))).toEqual([1, -1, 1, 0, 0]);
});

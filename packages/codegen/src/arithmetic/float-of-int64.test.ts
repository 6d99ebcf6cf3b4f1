import { expect, test } from 'vitest';
import { floatOfInt64 } from './float-of-int64.js';

test('a 64-bit integer is rounded once, ties to even, where two roundings would go the wrong way', () => {
  // Between two float32, a little over the middle: a double would fall onto it and then to the even one below.
  const middle = 2n ** 62n + 2n ** 38n;
  expect(floatOfInt64(middle)).toBe(2 ** 62);
  expect(floatOfInt64(middle + 1n)).toBe(2 ** 62 + 2 ** 39);
  expect(floatOfInt64(-middle - 1n)).toBe(-(2 ** 62) - 2 ** 39);
  expect(floatOfInt64(-(2n ** 63n))).toBe(-(2 ** 63));
  expect(floatOfInt64(16777217n)).toBe(16777216);
});

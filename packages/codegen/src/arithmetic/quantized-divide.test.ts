import { expect, test } from 'vitest';
import { quantizedDivide, RECIPROCALS } from './quantized-divide.js';
import { requantizationOf } from './requantization.js';

test('a reciprocal is that of the fraction, to a few units of 2^-31', () => {
  for (let x = 1; x <= 255; x++) {
    const exact = 2 ** 31 / (x / 2 ** Math.floor(Math.log2(x)));
    expect(Math.abs(RECIPROCALS[x]! - exact)).toBeLessThan(8);
  }
});

test('a quotient is the nearest whole number, but for the rounding of its parts', () => {
  const scale = 0.37;
  const requantization = requantizationOf(scale, 'a test');
  for (let a = -255; a <= 255; a++) {
    for (let b = -255; b <= 255; b++) {
      if (a === 0 || b === 0) continue;
      expect(Math.abs(quantizedDivide(a, b, requantization) - (a / b) * scale)).toBeLessThan(0.5001);
    }
  }
});

test('by zero it is as far as an int32 goes', () => {
  const requantization = requantizationOf(1, 'a test');
  expect([-3, 0, 3].map((a) => quantizedDivide(a, 0, requantization))).toEqual([-(2 ** 31), 0, 2 ** 31 - 1]);
});

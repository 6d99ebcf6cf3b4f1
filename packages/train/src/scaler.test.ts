import { expect, test } from 'vitest';
import { fitScaler, standardise } from './scaler.js';

const images = Uint8Array.of(0, 5, 16, 4, 5, 16, 8, 5, 10);

test('mean and population variance are those of each feature; a feature that never changes gets deviation 1', () => {
  const { mean, standardDeviation } = fitScaler(images, 3);
  expect(mean).toEqual([4, 5, 14]);
  expect(standardDeviation[0]).toBeCloseTo(Math.sqrt(32 / 3), 12);
  expect(standardDeviation[1]).toBe(1);
  expect(standardDeviation[2]).toBeCloseTo(Math.sqrt(8), 12);
});

test('standardised values have mean 0 and variance 1, each rounded as float32 at every step', () => {
  const scaler = fitScaler(images, 3);
  const values = standardise(scaler, images);
  const first = [values[0]!, values[3]!, values[6]!];
  expect(first.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6);
  expect(first.reduce((sum, value) => sum + value * value, 0) / 3).toBeCloseTo(1, 6);
  expect([values[1], values[4], values[7]]).toEqual([0, 0, 0]);
  const third = { mean: [0.1], standardDeviation: [3] };
  const expected = Math.fround(Math.fround(2 - Math.fround(0.1)) * Math.fround(1 / 3));
  expect(standardise(third, Uint8Array.of(2))[0]).toBe(expected);
});

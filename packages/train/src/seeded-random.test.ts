import { expect, test } from 'vitest';
import { dropoutMask, randomStream, shuffledIndices, uniformValues } from './seeded-random.js';

test('a seed and a stream always give the same numbers', () => {
  const first = uniformValues(5, 1, randomStream(7, 2));
  expect(uniformValues(5, 1, randomStream(7, 2))).toEqual(first);
  expect(uniformValues(5, 1, randomStream(7, 3))).not.toEqual(first);
  expect(uniformValues(5, 1, randomStream(8, 2))).not.toEqual(first);
});

test('neighbouring seeds are not correlated', () => {
  const count = 20_000;
  const a = uniformValues(count, 1, randomStream(0, 0));
  const b = uniformValues(count, 1, randomStream(1, 0));
  const correlation = a.reduce((sum, value, index) => sum + value * b[index]!, 0) / (count / 3);
  expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(count));
});

test('shuffling gives every index once, in another order each time', () => {
  const random = randomStream(3, 1);
  const first = shuffledIndices(100, random);
  expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(shuffledIndices(100, random)).not.toEqual(first);
});

test('a dropout mask drops its share and keeps the expected value', () => {
  const mask = dropoutMask(100_000, 0.3, randomStream(1, 3));
  expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
  expect(mask.reduce((sum, value) => sum + value, 0) / mask.length).toBeCloseTo(1, 1);
  expect(mask.filter((value) => value === 0).length / mask.length).toBeCloseTo(0.3, 2);
});

test.each([-1, 0.5, 2 ** 32, NaN])('seed %s is refused', (seed) => {
  expect(() => randomStream(seed, 0)).toThrow(expect.objectContaining({ code: 'E-SEED' }));
});

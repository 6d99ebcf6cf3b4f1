import { expect, test } from 'vitest';
import { accuracy, argmaxRows, confusionMatrix } from './metrics.js';

test('the class of a row is its greatest value, of equal ones the first', () => {
  expect([...argmaxRows(Float32Array.of(0.1, 0.7, 0.2, 0.5, 0.5, 0), 3)]).toEqual([1, 0]);
});

test('accuracy and confusion count the same images', () => {
  const [labels, read] = [Uint8Array.of(0, 1, 2, 2), Uint8Array.of(0, 2, 2, 2)];
  expect(accuracy(labels, read)).toBe(0.75);
  expect(confusionMatrix(labels, read, 3)).toEqual([
    [1, 0, 0],
    [0, 0, 1],
    [0, 0, 2],
  ]);
});

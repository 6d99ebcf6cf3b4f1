import { expect, test } from 'vitest';
import { syntheticDataset } from '../test/synthetic-dataset.js';
import { examplesOf } from './examples.js';
import { fitScaler } from './scaler.js';
import { splitDataset } from './hold-out.js';

const { train } = splitDataset(syntheticDataset(40, 10), 'last', 1);
const scaler = fitScaler(train.images, 64, 'shared');
const task = { kind: 'classification', classes: 10 } as const;

test('a smoothed label keeps its share and spreads the rest over all classes', () => {
  const { targets, count } = examplesOf(task, scaler, train, 0.1);
  for (let row = 0; row < count; row++) {
    const expected = new Float32Array(10).fill(0.01);
    expected[train.labels[row]!] = 0.91;
    targets.subarray(row * 10, row * 10 + 10).forEach((value, digit) => expect(value).toBeCloseTo(expected[digit]!, 6));
  }
});

test('without smoothing a label is one and the others are zero', () => {
  const { targets } = examplesOf(task, scaler, train);
  expect(new Set(targets)).toEqual(new Set([0, 1]));
  expect(targets.reduce((sum, value) => sum + value, 0)).toBe(train.count);
});

import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { syntheticDataset } from '../test/synthetic-dataset.js';
import { MODEL_FILES } from './model-folder.js';
import { digitsCnn } from './recipes/digits-cnn.js';
import { measureSeedSpread, spreadOf } from './seed-spread.js';

test('the spread is that of the sample', () => {
  const spread = spreadOf([0.9, 0.94, 0.98]);
  expect(spread).toMatchObject({ minimum: 0.9, maximum: 0.98 });
  expect(spread.mean).toBeCloseTo(0.94, 12);
  expect(spread.standardDeviation).toBeCloseTo(0.04, 12);
});

test('every seed is trained once, in order', async () => {
  const recipe = { ...digitsCnn, defaults: { epochs: 1, batchSize: 8 } };
  const told: [number, number][] = [];
  const options = { recipe, data: syntheticDataset(160, 50), backend: 'wasm', keep: 'last' } as const;
  const spread = await measureSeedSpread(options, [3, 1, 3], (seed, accuracy, folder) => {
    told.push([seed, accuracy]);
    expect(existsSync(path.join(folder, MODEL_FILES.weights))).toBe(true);
  });
  expect(told.map(([seed]) => seed)).toEqual([3, 1, 3]);
  expect(spread.accuracies).toEqual(told.map(([, accuracy]) => accuracy));
  expect(spread.accuracies[2]).toBe(spread.accuracies[0]);
  expect(spread.accuracies[1]).not.toBe(spread.accuracies[0]);
});

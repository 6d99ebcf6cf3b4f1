import { expect, test } from 'vitest';
import { syntheticDataset } from '../test/synthetic-dataset.js';
import type { LabelledImages } from './datasets/dataset.js';
import { splitDataset } from './hold-out.js';

const data = syntheticDataset(105, 20);

/** Images with their labels, as comparable text. */
function rows({ images, labels, count }: LabelledImages): string[] {
  return Array.from({ length: count }, (_, row) => `${labels[row]}:${images.subarray(row * 64, row * 64 + 64).join()}`);
}

test('the last epoch needs nothing held out', () => {
  expect(splitDataset(data, 'last', 1)).toEqual({ train: data.train, heldOut: null, test: data.test });
});

test('one training image in ten is held out, the rest is trained on, and the test set stays whole', () => {
  const { train, heldOut, test: evaluation } = splitDataset(data, 'best', 1);
  expect([train.count, heldOut!.count]).toEqual([95, 10]);
  expect([...rows(train), ...rows(heldOut!)].sort()).toEqual(rows(data.train).sort());
  expect(evaluation).toBe(data.test);
});

test('the seed decides which images are held out', () => {
  const heldOut = (seed: number) => rows(splitDataset(data, 'best', seed).heldOut!);
  expect(heldOut(1)).toEqual(heldOut(1));
  expect(heldOut(2)).not.toEqual(heldOut(1));
});

test('a training set of nine images is too small to hold one in ten out', () => {
  expect(() => splitDataset(syntheticDataset(9, 5), 'best', 1)).toThrow(
    expect.objectContaining({ code: 'E-HOLD-OUT-EMPTY' }),
  );
});

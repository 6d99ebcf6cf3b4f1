import { expect, test } from 'vitest';
import type { Dataset } from './datasets/dataset.js';
import { explore } from './explore.js';

/** Four pixels; the second is the first upside down, the third never changes, the fourth is unrelated. */
const IMAGES = [
  [0, 16, 3, 4],
  [16, 0, 3, 4],
  [8, 8, 3, 16],
  [8, 8, 3, 0],
];
const LABELLED = {
  count: 4,
  images: Uint8Array.from(IMAGES.flat()),
  labels: Uint8Array.of(0, 1, 2, 3),
};
const DATA: Dataset = {
  name: 'four',
  source: 'here',
  notice: null,
  sha256: '0',
  shape: [2, 2, 1],
  classes: ['a', 'b', 'c', 'd'],
  train: LABELLED,
  test: LABELLED,
};

test('the covariance of standardised pixels is 1 for equals, -1 for opposites, 0 for strangers and the constant', () => {
  const { covariance, features } = explore(DATA);
  expect(features).toBe(4);
  // Population variance 1, divided by count - 1 = 3 instead of 4.
  const one = 4 / 3;
  const expected = [
    [one, -one, 0, 0],
    [-one, one, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, one],
  ];
  expected.forEach((row, i) => row.forEach((value, j) => expect(covariance[i]![j]).toBeCloseTo(value, 6)));
});

test('the first component lies along the pixels that move together and holds their share of the variance', () => {
  const { explainedVariance, projected } = explore(DATA);
  expect(explainedVariance[0]).toBeCloseTo(2 / 3, 6);
  expect(explainedVariance[1]).toBeCloseTo(1 / 3, 6);
  expect(projected.map(({ label }) => label)).toEqual([0, 1, 2, 3]);
  // (+-16, -+16) standardised is (+-sqrt 2, -+sqrt 2): 2 along the axis of both.
  expect(Math.abs(projected[0]!.first)).toBeCloseTo(2, 5);
  expect(projected[0]!.first).toBeCloseTo(-projected[1]!.first, 5);
  expect(projected[2]!.first).toBeCloseTo(0, 5);
});

import { Matrix, SVD } from 'ml-matrix';
import { expect, test } from 'vitest';
import { componentCount, principalComponents } from './principal-components.js';
import { fitScaler, standardise } from './scaler.js';
import { syntheticDataset } from '../test/synthetic-dataset.js';

const { images } = syntheticDataset(300, 10).train;
const inputs = standardise(fitScaler(images, 64), images);
const { components, explainedVariance } = principalComponents(inputs, 64);
const row = (index: number): number[] => [...components.subarray(index * 64, (index + 1) * 64)];
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

test('components and variances are those of a singular value decomposition', () => {
  const rows = Array.from({ length: 300 }, (_, i) => [...inputs.subarray(i * 64, (i + 1) * 64)]);
  const svd = new SVD(new Matrix(rows), { autoTranspose: true });
  const squares = svd.diagonal.map((value) => value * value);
  const total = squares.reduce((sum, value) => sum + value, 0);
  for (let index = 0; index < 10; index++) {
    expect(explainedVariance[index]).toBeCloseTo(squares[index]! / total, 8);
    const vector = svd.rightSingularVectors.getColumn(index);
    expect(Math.abs(dot(row(index), vector))).toBeCloseTo(1, 6);
  }
});

test('components are unit vectors at right angles, with their greatest element positive', () => {
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j < 8; j++) expect(dot(row(i), row(j))).toBeCloseTo(i === j ? 1 : 0, 8);
    expect(Math.max(...row(i))).toBe(Math.max(...row(i).map(Math.abs)));
  }
  expect(explainedVariance.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
});

test('a share of the variance asks for as many components as explain it', () => {
  expect(componentCount(7, [0.5, 0.3, 0.2])).toBe(7);
  expect(componentCount(0.5, [0.5, 0.3, 0.2])).toBe(1);
  expect(componentCount(0.6, [0.5, 0.3, 0.2])).toBe(2);
  expect(componentCount(0.999, [0.5, 0.3, 0.199])).toBe(3);
});

import { Matrix } from 'ml-matrix';
import type { Dataset } from './datasets/dataset.js';
import { principalComponents } from './principal-components.js';
import { fitScaler, standardise } from './scaler.js';

/** What is looked at before anything is trained. */
export interface Exploration {
  /** Number of pixels in an image. */
  readonly features: number;
  /** [features, features]: covariance of the standardised pixels of the training set (divisor: count - 1). */
  readonly covariance: readonly (readonly number[])[];
  /** Share of the variance along each principal component, falling. */
  readonly explainedVariance: readonly number[];
  /** The first two components of each test image, scaled as the training set is. */
  readonly projected: readonly { readonly first: number; readonly second: number; readonly label: number }[];
}

/** Standardises a data set by its training images and computes their covariance and principal components. */
export function explore({ train, test, shape }: Dataset): Exploration {
  const features = shape.reduce((product, size) => product * size, 1);
  const scaler = fitScaler(train.images, features);
  const inputs = standardise(scaler, train.images);
  const matrix = rowsOf(inputs, features);
  const covariance = matrix
    .transpose()
    .mmul(matrix)
    .div(train.count - 1);
  const { components, explainedVariance } = principalComponents(inputs, features);
  const axes = new Matrix([
    Array.from(components.subarray(0, features)),
    Array.from(components.subarray(features, 2 * features)),
  ]);
  const places = rowsOf(standardise(scaler, test.images), features).mmul(axes.transpose());
  return {
    features,
    covariance: covariance.to2DArray(),
    explainedVariance,
    projected: Array.from(test.labels, (label, row) => ({
      first: places.get(row, 0),
      second: places.get(row, 1),
      label,
    })),
  };
}

function rowsOf(values: Float32Array, features: number): Matrix {
  return new Matrix(
    Array.from({ length: values.length / features }, (_, row) =>
      Array.from(values.subarray(row * features, (row + 1) * features)),
    ),
  );
}

import type { Activation, HeightWidth, Padding } from './attributes.js';

interface Pooling {
  readonly window: HeightWidth;
  readonly strides: HeightWidth;
  readonly padding: Padding;
  readonly activation: Activation;
}

interface Reduction {
  /** Dimensions that are reduced: ascending, none negative. */
  readonly axes: readonly number[];
  /** Whether a reduced dimension stays, with size 1. */
  readonly keepDimensions: boolean;
}

/** Operators that make one value of many. */
export interface ReductionAttributes {
  /** x [N, H, W, C] -> y [N, H', W', C]; what lies in the padding does not count. */
  readonly maxPool2d: Pooling;
  readonly averagePool2d: Pooling;
  /** y = sqrt(mean of x^2) */
  readonly l2Pool2d: Pooling;
  readonly mean: Reduction;
  readonly sum: Reduction;
  readonly reduceMax: Reduction;
  readonly reduceMin: Reduction;
  readonly reduceProd: Reduction;
  readonly reduceAll: Reduction;
  readonly reduceAny: Reduction;
  /** The index of the greatest (least) value along `axis`, of equal ones the first; `axis` disappears. */
  readonly argMax: { readonly axis: number };
  readonly argMin: { readonly axis: number };
  /** y[i] = sum of x[j], j <= i along `axis`; `exclusive`: j < i; `reverse`: from the end. */
  readonly cumSum: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean };
}

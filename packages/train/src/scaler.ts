/** Standardisation of each feature to mean 0 and variance 1. */
export interface Scaler {
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
}

/** Whose mean and deviation a feature is scaled by: its own, or those of all features together. */
export type Scaling = 'feature' | 'shared';

/**
 * Fits a scaler to images [count, features]: mean and population variance of each feature, or with `shared` of all values
 * together. A feature that never changes gets standard deviation 1.
 *
 * The sums are integers and so exact: variance = (count * sum(x^2) - sum(x)^2) / count^2.
 */
export function fitScaler(images: Uint8Array, features: number, scaling: Scaling = 'feature'): Scaler {
  if (scaling === 'shared') {
    const { mean, standardDeviation } = fitScaler(images, 1);
    const spread = (value: number): number[] => new Array<number>(features).fill(value);
    return { mean: spread(mean[0]!), standardDeviation: spread(standardDeviation[0]!) };
  }
  const count = images.length / features;
  const sum = new Array<number>(features).fill(0);
  const sumOfSquares = new Array<number>(features).fill(0);
  for (const [index, value] of images.entries()) {
    sum[index % features]! += value;
    sumOfSquares[index % features]! += value * value;
  }
  const spread = sum.map((total, feature) => count * sumOfSquares[feature]! - total * total);
  return {
    mean: sum.map((total) => total / count),
    standardDeviation: spread.map((value) => (value === 0 ? 1 : Math.sqrt(value) / count)),
  };
}

/**
 * Standardises images [count, features] in float32, in the order of operations that the generated C has:
 * fround(fround(x - fround(mean)) * fround(1 / standardDeviation)).
 */
export function standardise(scaler: Scaler, images: Uint8Array | Float32Array): Float32Array {
  const mean = Float32Array.from(scaler.mean);
  const inverse = Float32Array.from(scaler.standardDeviation, (deviation) => 1 / deviation);
  return Float32Array.from(images, (value, index) => {
    const feature = index % mean.length;
    return Math.fround(value - mean[feature]!) * inverse[feature]!;
  });
}

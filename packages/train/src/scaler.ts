/** Standardisation of each feature to mean 0 and variance 1. */
export interface Scaler {
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
}

/** Whose mean and deviation a feature is scaled by: its own, those of all of its channel (the last axis), or those of all. */
export type Scaling = 'feature' | 'channel' | 'shared';

/**
 * Fits a scaler to images [count, features]: mean and population variance of each feature, or with `channel` of each of
 * `channels`, with `shared` of all values together. A feature that never changes gets standard deviation 1.
 *
 * Values are taken relative to those of the first image, which keeps sums of integers exact and those of floats near 0:
 * variance = (count * sum(x^2) - sum(x)^2) / count^2.
 */
export function fitScaler(
  images: Uint8Array | Float32Array,
  features: number,
  scaling: Scaling = 'feature',
  channels = 1,
): Scaler {
  if (scaling !== 'feature') {
    const width = scaling === 'shared' ? 1 : channels;
    const { mean, standardDeviation } = fitScaler(images, width);
    const spread = (values: readonly number[]): number[] =>
      Array.from({ length: features }, (_, feature) => values[feature % width]!);
    return { mean: spread(mean), standardDeviation: spread(standardDeviation) };
  }
  const count = images.length / features;
  const sum = new Array<number>(features).fill(0);
  const sumOfSquares = new Array<number>(features).fill(0);
  for (const [index, raw] of images.entries()) {
    const value = raw - images[index % features]!;
    sum[index % features]! += value;
    sumOfSquares[index % features]! += value * value;
  }
  const spread = sum.map((total, feature) => count * sumOfSquares[feature]! - total * total);
  return {
    mean: sum.map((total, feature) => (count * images[feature]! + total) / count),
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

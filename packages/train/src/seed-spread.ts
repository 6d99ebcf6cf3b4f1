import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { train, type TrainOptions } from './train.js';

export interface SeedSpread {
  /** Test accuracy of each seed's kept weights, 0 .. 1, in the order of the seeds. */
  readonly accuracies: readonly number[];
  readonly mean: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Of the sample (divisor n - 1); NaN for one seed. */
  readonly standardDeviation: number;
}

/**
 * Trains once with every seed and tells how the test accuracy spreads, so that nobody takes one lucky seed for the
 * network's worth. The models are written to a temporary folder and removed.
 *
 * `onSeed` is told each accuracy as it comes, and the folder of the model while it is there. Errors: those of `train`.
 */
export async function measureSeedSpread(
  options: Omit<TrainOptions, 'seed' | 'outFolder'>,
  seeds: readonly number[],
  onSeed?: (seed: number, accuracy: number, folder: string) => void,
): Promise<SeedSpread> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-seeds-'));
  const accuracies: number[] = [];
  try {
    for (const seed of seeds) {
      const outFolder = path.join(folder, 'model');
      const { record } = await train({ ...options, seed, outFolder });
      const accuracy = record.final.test.accuracy ?? NaN;
      accuracies.push(accuracy);
      onSeed?.(seed, accuracy, outFolder);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return spreadOf(accuracies);
}

/** Mean, extremes and standard deviation of at least one accuracy. */
export function spreadOf(accuracies: readonly number[]): SeedSpread {
  const mean = accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length;
  const squares = accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    accuracies,
    mean,
    minimum: Math.min(...accuracies),
    maximum: Math.max(...accuracies),
    standardDeviation: Math.sqrt(squares / (accuracies.length - 1)),
  };
}

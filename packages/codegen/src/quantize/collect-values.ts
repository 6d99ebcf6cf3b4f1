import type { TensorId } from '@kiln/ir';
import type { Evaluator } from '../evaluate.js';
import type { Samples } from './calibrate-ranges.js';
import type { Range } from './range.js';

/** What was seen of one tensor. */
export interface CollectedTensor {
  /** Of all samples together. */
  readonly values: Float32Array;
  /** The least and the greatest value of each sample. */
  readonly extremes: readonly Range[];
}

/** Values that are kept of one tensor: of more, evenly spaced ones, with the least and the greatest of all. */
const MOST_VALUES = 2 ** 21;

/**
 * Runs the network on every sample and keeps what the tensors' values are. Costs one run a sample, and memory for two million
 * values a tensor at most.
 */
export function collectValues(
  evaluator: Evaluator,
  samples: Samples,
  tensors: readonly TensorId[],
  onProgress: (done: number) => void,
): Map<TensorId, CollectedTensor> {
  const collected = new Map<TensorId, CollectedValues>();
  samples.forEach((sample, index) => {
    const values = evaluator.run(sample);
    for (const tensor of tensors) {
      const value = values.get(tensor) as Float32Array;
      const all = collected.get(tensor) ?? new CollectedValues(value.length * samples.length);
      all.add(value);
      collected.set(tensor, all);
    }
    onProgress(index + 1);
  });
  return new Map([...collected].map(([tensor, values]) => [tensor, values.finish()]));
}

/** The values of one tensor on all samples, as many of them as are kept. */
class CollectedValues {
  private readonly stride: number;
  private readonly kept: Float32Array;
  private readonly extremes: Range[] = [];
  private count = 0;
  private seen = 0;

  constructor(total: number) {
    this.stride = Math.ceil(total / MOST_VALUES);
    // Two more for the extremes.
    this.kept = new Float32Array(Math.ceil(total / this.stride) + 2);
  }

  add(values: Float32Array): void {
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of values) {
      if (value < min) min = value;
      if (value > max) max = value;
      if (this.seen % this.stride === 0) this.kept[this.count++] = value;
      this.seen += 1;
    }
    this.extremes.push({ min, max });
  }

  finish(): CollectedTensor {
    if (this.stride > 1) {
      this.kept[this.count++] = this.extremes.reduce(
        (least, { min }) => Math.min(least, min),
        Number.POSITIVE_INFINITY,
      );
      this.kept[this.count++] = this.extremes.reduce((most, { max }) => Math.max(most, max), Number.NEGATIVE_INFINITY);
    }
    return { values: this.kept.subarray(0, this.count), extremes: this.extremes };
  }
}

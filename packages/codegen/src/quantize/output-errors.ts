import { type Graph, numbers, producerOf, type QuantizationParams, type TensorData, type TensorId } from '@kiln/ir';
import type { Evaluator } from '../evaluate.js';
import type { ActivationType } from '../operators/operator.js';
import type { Samples } from './calibrate-ranges.js';
import { evenlySpaced } from './evenly-spaced.js';
import { nearestOnGrid, quantizationOfRange, type Range } from './range.js';
import type { CalibrationMethod, RangeCandidate } from './range-candidates.js';

/** Mean squared error at the network's output with one tensor alone quantized, for each method that was tried. */
export type OutputErrors = Readonly<Partial<Record<CalibrationMethod, number>>>;

/** What there is to choose from for one tensor. */
export interface JudgedTensor {
  readonly candidates: readonly RangeCandidate[];
  /** The least and the greatest value of each sample. */
  readonly extremes: readonly Range[];
}

/** One candidate on one sample. */
interface Trial {
  readonly method: CalibrationMethod;
  readonly quantization: QuantizationParams;
  /** What the sample counts for in the mean over all samples. */
  readonly weight: number;
}

/**
 * Mean squared difference of the judged output when one tensor alone is rounded to the grid of one candidate, for each
 * tensor and candidate. Source for the mean: stratified sampling, Cochran 1977, "Sampling Techniques", section 5.3. The few
 * samples of which a candidate cuts something off are those with the great errors, and few samples, evenly spaced, may hold
 * none of them; so they are a stratum of their own: of them, and of the others, `most` are tried and count by their share.
 */
export function outputErrors(
  graph: Graph,
  evaluator: Evaluator,
  samples: Samples,
  tensors: ReadonlyMap<TensorId, JudgedTensor>,
  dtype: ActivationType,
  most: number,
  onProgress: (done: number) => void,
): Map<TensorId, OutputErrors> {
  const judge = judgedOutput(graph);
  const results = graph.nodes.flatMap(({ outputs }) => outputs);
  const plans = new Map([...tensors].map(([id, tensor]) => [id, trialsOf(tensor, most, dtype)]));
  const sums = new Map(
    [...tensors.keys()].map((id): [TensorId, Partial<Record<CalibrationMethod, number>>] => [id, {}]),
  );
  samples.forEach((sample, index) => {
    const tried = [...plans].filter(([, trials]) => trials.has(index));
    const values = tried.length > 0 ? evaluator.run(sample) : null;
    if (values !== null) {
      const exact = new Map([...results, ...plans.keys()].map((id) => [id, values.get(id)!.slice()]));
      for (const [tensor, trials] of tried) {
        const sum = sums.get(tensor)!;
        for (const { method, quantization, weight } of trials.get(index)!) {
          roundToGrid(exact.get(tensor) as Float32Array, values.get(tensor) as Float32Array, quantization, dtype);
          evaluator.run([], tensor);
          sum[method] = (sum[method] ?? 0) + weight * meanSquare(exact.get(judge)!, values.get(judge)!);
        }
        for (const [id, value] of exact) (values.get(id) as Float32Array).set(value as Float32Array);
      }
    }
    onProgress(index + 1);
  });
  return new Map([...tensors].map(([id, { candidates }]) => [id, withEqualOnes(candidates, sums.get(id)!)]));
}

/** The network's output, or what a softmax at its end reads. */
function judgedOutput(graph: Graph): TensorId {
  const output = graph.outputs[0]!;
  const producer = producerOf(graph, output);
  return producer?.op === 'softmax' ? producer.inputs[0]! : output;
}

/** The trials of one tensor by the index of the sample. Of candidates with one range only the first is tried. */
function trialsOf({ candidates, extremes }: JudgedTensor, most: number, dtype: ActivationType): Map<number, Trial[]> {
  const trials = new Map<number, Trial[]>();
  for (const candidate of candidates) {
    const { method, range } = candidate;
    if (firstEqual(candidates, candidate) !== candidate) continue;
    const quantization = quantizationOfRange(range, dtype);
    const isCut = ({ min, max }: Range): boolean => min < range.min || max > range.max;
    const all = extremes.map((_, index) => index);
    for (const stratum of [true, false].map((cut) => all.filter((index) => isCut(extremes[index]!) === cut))) {
      const chosen = evenlySpaced(stratum, most);
      const weight = stratum.length / chosen.length / all.length;
      for (const index of chosen) trials.set(index, [...(trials.get(index) ?? []), { method, quantization, weight }]);
    }
  }
  return trials;
}

function firstEqual(candidates: readonly RangeCandidate[], { range }: RangeCandidate): RangeCandidate {
  return candidates.find((other) => other.range.min === range.min && other.range.max === range.max)!;
}

function withEqualOnes(candidates: readonly RangeCandidate[], errors: OutputErrors): OutputErrors {
  return Object.fromEntries(
    candidates.map((candidate) => [candidate.method, errors[firstEqual(candidates, candidate).method]!]),
  );
}

function meanSquare(exact: TensorData, value: TensorData): number {
  const [expected, found] = [numbers(exact), numbers(value)];
  let sum = 0;
  expected.forEach((real: number, i: number) => (sum += (real - found[i]!) ** 2));
  return sum / expected.length;
}

/** Writes into `target` what the integers would make of `values`. */
function roundToGrid(
  values: Float32Array,
  target: Float32Array,
  quantization: QuantizationParams,
  dtype: ActivationType,
): void {
  const [scale, zeroPoint] = [quantization.scale[0]!, quantization.zeroPoint[0]!];
  for (let i = 0; i < values.length; i++) {
    target[i] = scale * (nearestOnGrid(values[i]!, quantization, dtype) - zeroPoint);
  }
}

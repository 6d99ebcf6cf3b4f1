import {
  type Graph,
  type Node,
  numbers,
  producerOf,
  type QuantizationParams,
  type TensorData,
  type TensorId,
  tensorOf,
} from '@kiln/ir';
import { createEvaluator, type Evaluator } from '../evaluate.js';
import { macsOf } from '../operators/index.js';
import type { ActivationType } from '../operators/operator.js';
import { outputRule, sharesScale } from './output-rule.js';
import { nearestOnGrid, quantizationOfRange, type Range } from './range.js';
import { type CalibrationMethod, type RangeCandidate, rangeCandidates } from './range-candidates.js';

/** Inputs to calibrate on: one entry a sample, each with one array per input of the graph. */
export type Samples = readonly (readonly TensorData[])[];

/** What was measured for one tensor, and which range won. */
export interface TensorCalibration {
  readonly tensor: TensorId;
  readonly method: CalibrationMethod;
  readonly range: Range;
  /** All values that were seen. */
  readonly whole: Range;
  readonly quantization: QuantizationParams;
  /** Mean squared error at the network's output with only this tensor quantized, for each method that was tried. */
  readonly errors: Readonly<Partial<Record<CalibrationMethod, number>>>;
}

export type Calibration = ReadonlyMap<TensorId, TensorCalibration>;

/** Samples over which the candidates of each tensor are compared; more change the choice rarely and cost time. */
const JUDGED_SAMPLES = 64;
/** Multiply-accumulates of all trials: half a minute, about. At least a few samples are judged whatever the network's size. */
const MOST_TRIAL_MACS = 2e9;
const LEAST_JUDGED_SAMPLES = 4;
/** Values that are kept of one tensor: of more, evenly spaced ones, with the least and the greatest of all. */
const MOST_VALUES = 2 ** 21;

/**
 * Chooses a range for every activation whose scale is free, from the values it takes on the samples.
 *
 * Each of the methods proposes a range; each proposal is tried by quantizing this one tensor alone and running the rest of
 * the network in float; the one that moves the network's output least wins (ties: the earlier method).
 * The output that is judged is the one before a closing softmax, which would hide differences.
 */
export function calibrateRanges(
  graph: Graph,
  samples: Samples,
  dtype: ActivationType,
  { method = null, onProgress = () => undefined }: CalibrationOptions = {},
): Calibration {
  const evaluator = createEvaluator(graph);
  const tensors = calibratedTensors(graph, dtype);
  const judged = method === null ? samples.slice(0, judgedSamples(graph, tensors.length)) : [];
  const total = samples.length + judged.length;
  const values = collectValues(evaluator, samples, tensors, (done) => onProgress(done, total));
  const candidates = new Map(tensors.map((tensor) => [tensor, rangeCandidates(values.get(tensor)!, dtype)]));
  const errors = outputErrors(graph, evaluator, judged, candidates, dtype, (done) =>
    onProgress(samples.length + done, total),
  );
  return new Map(
    tensors.map((tensor) => {
      const error = errors.get(tensor)!;
      const options = candidates.get(tensor)!;
      const given = options.find((option) => option.method === method);
      const best = given ?? options.reduce((a, b) => (error[b.method]! < error[a.method]! ? b : a));
      const whole = options.find((option) => option.method === 'min-max')!.range;
      return [tensor, { tensor, ...best, whole, quantization: quantizationOfRange(best.range, dtype), errors: error }];
    }),
  );
}

export interface CalibrationOptions {
  /** Takes this method's range for every tensor, untried. */
  readonly method?: CalibrationMethod | null;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Every tensor is tried three times and put back, each time through half of the network on average. */
function judgedSamples(graph: Graph, tensors: number): number {
  const affordable = Math.floor(MOST_TRIAL_MACS / (2 * tensors * macsOf(graph)));
  return Math.max(LEAST_JUDGED_SAMPLES, Math.min(JUDGED_SAMPLES, affordable));
}

/** The float results of nodes whose scale is not given, and float inputs and states of the graph. */
function calibratedTensors(graph: Graph, dtype: ActivationType): TensorId[] {
  const isFloat = (id: TensorId): boolean => tensorOf(graph, id).dtype === 'float32';
  const isFree = (node: Node): boolean => {
    const output = outputRule(graph, node, dtype);
    return output === 'calibrated' || output === 'float32' || sharesScale(node);
  };
  const given = [...graph.inputs, ...graph.states.map(({ before }) => before)];
  return [...given, ...graph.nodes.filter(isFree).flatMap(({ outputs }) => outputs)].filter(isFloat);
}

/** The network's output, or what a softmax at its end reads. */
function judgedOutput(graph: Graph): TensorId {
  const output = graph.outputs[0]!;
  const producer = producerOf(graph, output);
  return producer?.op === 'softmax' ? producer.inputs[0]! : output;
}

function collectValues(
  evaluator: Evaluator,
  samples: Samples,
  tensors: readonly TensorId[],
  onProgress: (done: number) => void,
): Map<TensorId, Float32Array> {
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
  private count = 0;
  private seen = 0;
  private least = Number.POSITIVE_INFINITY;
  private greatest = Number.NEGATIVE_INFINITY;

  constructor(total: number) {
    this.stride = Math.ceil(total / MOST_VALUES);
    // Two more for the extremes.
    this.kept = new Float32Array(Math.ceil(total / this.stride) + 2);
  }

  add(values: Float32Array): void {
    for (const value of values) {
      if (value < this.least) this.least = value;
      if (value > this.greatest) this.greatest = value;
      if (this.seen % this.stride === 0) this.kept[this.count++] = value;
      this.seen += 1;
    }
  }

  finish(): Float32Array {
    if (this.stride > 1) {
      this.kept[this.count++] = this.least;
      this.kept[this.count++] = this.greatest;
    }
    return this.kept.subarray(0, this.count);
  }
}

type OutputErrors = Partial<Record<CalibrationMethod, number>>;

/**
 * Mean squared difference of the judged output when one tensor alone is rounded to the grid of one candidate, for each
 * tensor and candidate. Tensors are tried back to front and put back, so that one run of the whole network a sample will do.
 */
function outputErrors(
  graph: Graph,
  evaluator: Evaluator,
  samples: Samples,
  candidates: ReadonlyMap<TensorId, readonly RangeCandidate[]>,
  dtype: ActivationType,
  onProgress: (done: number) => void,
): Map<TensorId, OutputErrors> {
  const judge = judgedOutput(graph);
  const sums = new Map([...candidates.keys()].map((id): [TensorId, OutputErrors] => [id, {}]));
  samples.forEach((sample, index) => {
    const values = evaluator.run(sample);
    const output = numbers(values.get(judge)!);
    const truth = Float32Array.from(output);
    for (const [tensor, options] of [...candidates].reverse()) {
      const value = values.get(tensor) as Float32Array;
      const exact = Float32Array.from(value);
      for (const { method, range } of options) {
        roundToGrid(exact, value, quantizationOfRange(range, dtype), dtype);
        evaluator.run([], tensor);
        const sum = truth.reduce((total, expected, i) => total + (expected - output[i]!) ** 2, 0);
        const sumsOfTensor = sums.get(tensor)!;
        sumsOfTensor[method] = (sumsOfTensor[method] ?? 0) + sum / (truth.length * samples.length);
      }
      value.set(exact);
      evaluator.run([], tensor);
    }
    onProgress(index + 1);
  });
  return sums;
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

import {
  type Graph,
  producerOf,
  type QuantizationParams,
  type TensorData,
  type TensorId,
  tensorOf,
} from '@kiln/ir';
import { createEvaluator, type Evaluator } from '../evaluate.js';
import { operatorOf } from '../operators/index.js';
import { quantizationOfRange, type Range } from './range.js';
import { rangeCandidates, type CalibrationMethod } from './range-candidates.js';

/** Inputs to calibrate on: one entry a sample, each with one array per input of the graph. */
export type Samples = readonly (readonly TensorData[])[];

/** What was measured for one tensor, and which range won. */
export interface TensorCalibration {
  readonly tensor: TensorId;
  readonly method: CalibrationMethod;
  readonly range: Range;
  readonly quantization: QuantizationParams;
  /** Mean squared error at the network's output with only this tensor quantized, for each method that was tried. */
  readonly errors: Readonly<Record<CalibrationMethod, number>>;
}

export type Calibration = ReadonlyMap<TensorId, TensorCalibration>;

/** Samples over which the candidates of each tensor are compared; more change the choice rarely and cost time. */
const JUDGED_SAMPLES = 96;

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
  onProgress: (done: number, total: number) => void = () => undefined,
): Calibration {
  const evaluator = createEvaluator(graph);
  const tensors = calibratedTensors(graph);
  const values = collectValues(evaluator, samples, tensors);
  const judge = judgedOutput(graph);
  const judged = samples.slice(0, JUDGED_SAMPLES);
  const truth = judged.map((sample) => Float32Array.from(evaluator.run(sample).get(judge)!));
  const calibration = new Map<TensorId, TensorCalibration>();
  tensors.forEach((tensor, index) => {
    const candidates = rangeCandidates(values.get(tensor)!);
    const errors = {} as Record<CalibrationMethod, number>;
    for (const { method, range } of candidates) {
      errors[method] = outputError(evaluator, judged, truth, judge, tensor, quantizationOfRange(range));
    }
    const best = candidates.reduce((a, b) => (errors[b.method] < errors[a.method] ? b : a));
    calibration.set(tensor, { tensor, ...best, quantization: quantizationOfRange(best.range), errors });
    onProgress(index + 1, tensors.length);
  });
  return calibration;
}

/** The outputs of nodes whose scale comes from calibration, and float inputs of the graph. */
function calibratedTensors(graph: Graph): TensorId[] {
  const inputs = graph.inputs.filter((id) => tensorOf(graph, id).dtype === 'float32');
  const outputs = graph.nodes
    .filter((node) => operatorOf(node).quantizer.output === 'calibrated')
    .map((node) => node.outputs[0]!);
  return [...inputs, ...outputs];
}

/** The network's output, or what a softmax at its end reads. */
function judgedOutput(graph: Graph): TensorId {
  const output = graph.outputs[0]!;
  const producer = producerOf(graph, output);
  return producer?.op === 'softmax' ? producer.inputs[0]! : output;
}

function collectValues(evaluator: Evaluator, samples: Samples, tensors: readonly TensorId[]): Map<TensorId, Float32Array> {
  const collected = new Map<TensorId, Float32Array>();
  samples.forEach((sample, index) => {
    const values = evaluator.run(sample);
    for (const tensor of tensors) {
      const value = values.get(tensor) as Float32Array;
      const all = collected.get(tensor) ?? new Float32Array(value.length * samples.length);
      all.set(value, index * value.length);
      collected.set(tensor, all);
    }
  });
  return collected;
}

/** Mean squared difference of the judged output when `tensor` alone is rounded to its int8 grid. */
function outputError(
  evaluator: Evaluator,
  samples: Samples,
  truth: readonly Float32Array[],
  judge: TensorId,
  tensor: TensorId,
  quantization: QuantizationParams,
): number {
  const scale = quantization.scale[0]!;
  const zeroPoint = quantization.zeroPoint[0]!;
  let sum = 0;
  let count = 0;
  samples.forEach((sample, index) => {
    const value = evaluator.run(sample).get(tensor)!;
    for (let i = 0; i < value.length; i++) {
      const q = Math.max(-128, Math.min(127, Math.round(value[i]! / scale) + zeroPoint));
      value[i] = scale * (q - zeroPoint);
    }
    const output = evaluator.run([], tensor).get(judge)!;
    truth[index]!.forEach((expected, i) => (sum += (expected - output[i]!) ** 2));
    count += output.length;
  });
  return sum / count;
}

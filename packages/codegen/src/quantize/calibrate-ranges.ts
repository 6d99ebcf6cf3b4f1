import { type Graph, type Node, type QuantizationParams, type TensorData, type TensorId, tensorOf } from '@kiln/ir';
import { createEvaluator } from '../evaluate.js';
import { macsOf } from '../operators/index.js';
import type { ActivationType } from '../operators/operator.js';
import { collectValues } from './collect-values.js';
import { type JudgedTensor, type OutputErrors, outputErrors } from './output-errors.js';
import { outputRule, sharesScale } from './output-rule.js';
import { quantizationOfRange, type Range } from './range.js';
import { type CalibrationMethod, rangeCandidates } from './range-candidates.js';

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
  readonly errors: OutputErrors;
}

export type Calibration = ReadonlyMap<TensorId, TensorCalibration>;

/** Samples over which the candidates of each tensor are compared, and as many again for what a candidate cuts off. */
const JUDGED_SAMPLES = 64;
/** Multiply-accumulates of all trials: half a minute, about. At least a few samples are judged whatever the network's size. */
const MOST_TRIAL_MACS = 2e9;
const LEAST_JUDGED_SAMPLES = 4;

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
  const total = (method === null ? 2 : 1) * samples.length;
  const collected = collectValues(evaluator, samples, tensors, (done) => onProgress(done, total));
  const judged = new Map(
    tensors.map((tensor): [TensorId, JudgedTensor] => {
      const { values, extremes } = collected.get(tensor)!;
      return [tensor, { candidates: rangeCandidates(values, dtype), extremes }];
    }),
  );
  const errors =
    method === null
      ? outputErrors(graph, evaluator, samples, judged, dtype, judgedSamples(graph, tensors.length), (done) =>
          onProgress(samples.length + done, total),
        )
      : new Map<TensorId, OutputErrors>();
  return new Map(
    tensors.map((tensor) => {
      const error = errors.get(tensor) ?? {};
      const options = judged.get(tensor)!.candidates;
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

/** Three candidates on these samples, two on as many that they cut off, each through half of the network on average. */
function judgedSamples(graph: Graph, tensors: number): number {
  const affordable = Math.floor(MOST_TRIAL_MACS / (2.5 * tensors * macsOf(graph)));
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

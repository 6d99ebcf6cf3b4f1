import {
  CompileError,
  type CProject,
  type Graph,
  type NodeId,
  onEveryGraph,
  subgraphsOf,
  type TensorData,
  verifyGraph,
} from '@kiln/ir';
import { cPrefix } from './emit/c-prefix.js';
import { renderC } from './emit/render-c.js';
import type { SelfTest } from './emit/self-test.js';
import { macsOf } from './operators/index.js';
import type { ActivationType } from './operators/operator.js';
import { checkOperatorSupport } from './passes/check-operator-support.js';
import { type ChannelRecord, eliminateDeadChannels } from './passes/eliminate-dead-channels.js';
import { eliminateDeadNodes } from './passes/eliminate-dead-nodes.js';
import { equalizeChannels } from './passes/equalize-channels.js';
import { foldConstants } from './passes/fold-constants.js';
import { fuseActivations } from './passes/fuse-activations.js';
import { inferShapes } from './passes/infer-shapes.js';
import { isolateOutputs } from './passes/isolate-outputs.js';
import { isolateStates } from './passes/isolate-states.js';
import { mergeReshapes } from './passes/merge-reshapes.js';
import { nameNodes } from './passes/name-nodes.js';
import { type KernelWishes, lower } from './program/lower.js';
import type { Program } from './program/program.js';
import { calibrateRanges, type Calibration, type Samples } from './quantize/calibrate-ranges.js';
import { measureChannels } from './quantize/channel-extremes.js';
import { correctBiases } from './quantize/correct-biases.js';
import { evenlySpaced } from './quantize/evenly-spaced.js';
import { measureNoise, type NoiseByNode } from './quantize/measure-noise.js';
import { PLAIN_PLAN, type QuantizationPlan } from './quantize/quantization-plan.js';
import { quantizeTensors } from './quantize/quantize-tensors.js';
import { NOWHERE, widePlaces } from './quantize/wide-places.js';
import { selfTestVectors } from './self-test-vectors.js';

/** The numbers that the generated C computes with; `int16x8`: activations of int16, weights of int8; `model`: those that the model came with, whatever they are. */
export type Precision = 'int8' | 'int16x8' | 'float32' | 'model';

/** The integers that a float network's activations become; null if they stay as they are. */
const ACTIVATION_TYPES: Readonly<Record<Precision, ActivationType | null>> = {
  int8: 'int8',
  int16x8: 'int16',
  float32: null,
  model: null,
};

export interface CompileOptions extends KernelWishes {
  /** Prefix of every name in the C, and of its files. */
  readonly name: string;
  readonly precision: Precision;
  /** Training inputs; integers need them, unless the model arrives quantized. */
  readonly calibration?: Samples;
  /** How integers are made of a float network. Default: the ranges that move its output least, and no cure. */
  readonly plan?: QuantizationPlan;
  /** Leave channels that change nothing where they are. Default: they go. */
  readonly keepChannels?: boolean;
  /** Shown in the banner: the model's file name and checksum. */
  readonly source: string;
  readonly version: string;
  /** Told after each pass, with the pass's name and the graph it left. */
  readonly onPass?: (pass: string, graph: Graph) => void;
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

/** Everything that compiling found out, for the report as well as for the C. */
export interface Compilation {
  /** The network in float32 after the passes; what int8 is measured against. */
  readonly float: Graph;
  /** The graph that the C computes: the specification. */
  readonly graph: Graph;
  readonly program: Program;
  readonly project: CProject;
  readonly calibration: Calibration;
  readonly noise: NoiseByNode;
  /** What the self-test in the C runs. */
  readonly selfTest: SelfTest;
  readonly elimination: Elimination;
}

/** Which channels of a quantized network went, and how much work with them. */
export interface Elimination {
  /** The graph with all its channels: `graph` must give the same outputs. `null` if none went. */
  readonly before: Graph | null;
  readonly log: readonly ChannelRecord[];
  /** Multiply-accumulates of one inference with all channels. */
  readonly macsBefore: number;
}

/**
 * Compiles a graph to C: reads from top to bottom. Throws `CompileError`, `ShapeError` or `UnsupportedError` for what is
 * wrong with the model; the same graph and options give the same bytes.
 */
export function compile(model: Graph, options: CompileOptions): Compilation {
  const { left, run } = passRunner(options);
  const { float, graph: whole, calibration, samples } = computedGraph(model, options);
  const noise: NoiseByNode =
    whole === float ? new Map<NodeId, number>() : measureNoise(float, whole, evenlySpaced(samples, NOISE_SAMPLES));

  const channels = options.keepChannels === true ? { graph: whole, log: [] } : eliminateDeadChannels(whole);
  let graph = left(eliminateDeadChannels.name, channels.graph);
  const elimination = { before: graph === whole ? null : whole, log: channels.log, macsBefore: macsOf(whole) };

  graph = run(graph, isolateOutputs);
  graph = run(graph, isolateStates);
  graph = run(graph, nameNodes);

  const program = lower(graph, cPrefix(options.name), options);
  const selfTest = { vectors: selfTestVectors(graph, options.calibration ?? []) };
  const project = renderC(program, { version: options.version, source: options.source, selfTest });
  return { float, graph, program, project, calibration, noise, selfTest, elimination };
}

/** A model in the numbers that were asked for, with all its channels: what the C computes and what an export writes. */
export interface ComputedGraph {
  /** The network in float32 after the passes. */
  readonly float: Graph;
  /** The same where nothing was quantized here. */
  readonly graph: Graph;
  readonly calibration: Calibration;
  /** What was calibrated on. */
  readonly samples: Samples;
}

/** The passes up to quantization: what the C of `compile` computes, bit for bit. Throws as `compile` does. */
export function computedGraph(
  model: Graph,
  options: Pick<CompileOptions, 'precision' | 'calibration' | 'plan' | 'onPass' | 'onProgress'>,
): ComputedGraph {
  const { left, run } = passRunner(options);
  let graph = run(model, nameNodes);
  graph = run(graph, inferShapes);
  graph = run(graph, foldConstants);
  graph = run(graph, mergeReshapes);
  graph = run(graph, fuseActivations);
  graph = run(graph, eliminateDeadNodes);
  let float = run(graph, checkOperatorSupport);

  if (options.precision === 'float32' && isQuantized(float)) {
    const message = 'arrived in integers, with scales of its own; expected a float32 model';
    throw new CompileError(
      'E-QUANTIZED',
      `model '${model.name}'`,
      message,
      'Leave --quantize out, or give the float model',
    );
  }
  const dtype = ACTIVATION_TYPES[options.precision];
  if (dtype === null || isQuantized(float)) return { float, graph: float, calibration: new Map(), samples: [] };
  const samples = calibrationSamples(float, options.calibration);
  const plan = options.plan ?? PLAIN_PLAN;
  if (plan.equalize) float = left(equalizeChannels.name, equalizeChannels(float, measureChannels(float, samples)));
  const calibration = calibrateRanges(float, samples, dtype, {
    method: plan.ranges,
    onProgress: (done, total) => options.onProgress?.('calibrate', done, total),
  });
  const wide = dtype === 'int8' ? widePlaces(float, plan.wide) : NOWHERE;
  graph = left(quantizeTensors.name, quantizeTensors(float, calibration, dtype, wide));
  graph = run(graph, eliminateDeadNodes);
  graph = run(graph, checkOperatorSupport);
  if (plan.correctBiases) {
    graph = left(correctBiases.name, correctBiases(float, graph, evenlySpaced(samples, NOISE_SAMPLES)));
  }
  return { float, graph, calibration, samples };
}

/** Verifies and shows what each pass leaves. */
function passRunner({ onPass }: Pick<CompileOptions, 'onPass'>) {
  const left = (name: string, result: Graph): Graph => {
    verifyGraph(result, name);
    onPass?.(name, result);
    return result;
  };
  const run = (graph: Graph, pass: (graph: Graph) => Graph): Graph => left(pass.name, onEveryGraph(graph, pass));
  return { left, run };
}

/** Whether the model came with scales of its own: then they are the specification, and nothing is calibrated. */
export function isQuantized(graph: Graph): boolean {
  const isOwn = [...graph.tensors.values()].some(({ quantization }) => quantization !== null);
  return isOwn || graph.nodes.flatMap(subgraphsOf).some(isQuantized);
}

/** Samples that calibration looks at, and what they may cost in multiply-accumulates; of more, evenly spaced ones are taken. */
const MOST_SAMPLES = 512;
const MOST_CALIBRATION_MACS = 2e9;
const LEAST_SAMPLES = 16;
/** As many of them show how far the integers stray. */
const NOISE_SAMPLES = 128;

function affordableSamples(graph: Graph): number {
  const affordable = Math.floor(MOST_CALIBRATION_MACS / Math.max(1, macsOf(graph)));
  return Math.max(LEAST_SAMPLES, Math.min(MOST_SAMPLES, affordable));
}

function calibrationSamples(graph: Graph, samples: Samples | undefined): Samples {
  const complete = (sample: readonly TensorData[]): boolean => sample.length === graph.inputs.length;
  if (samples !== undefined && samples.length > 0 && samples.every(complete))
    return evenlySpaced(samples, affordableSamples(graph));
  const found = samples === undefined || samples.length === 0 ? 'none' : 'samples for another number of inputs';
  throw new CompileError(
    'E-CALIBRATION',
    `model '${graph.name}'`,
    `integers need sample inputs to choose its scales, expected at least one, found ${found}`,
    'Give some with --calibrate FILE.npy, or compile with --quantize float32',
  );
}

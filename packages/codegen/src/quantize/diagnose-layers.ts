import {
  allocate,
  elementCount,
  type Graph,
  type Node,
  type NodeId,
  type NumberData,
  numbers,
  type Tensor,
  type TensorData,
  type TensorId,
  tensorOf,
} from '@kiln/ir';
import { createEvaluator } from '../evaluate.js';
import { integerLimits } from '../operators/activation.js';
import { operatorOf, siteOf } from '../operators/index.js';
import { TurnBudget } from '../operators/turn-budget.js';
import type { Samples } from './calibrate-ranges.js';
import { measureChannels } from './channel-extremes.js';
import { type ChannelDiagnosis, diagnoseChannels } from './diagnose-channels.js';
import type { ActivationType } from '../operators/operator.js';
import { nearestOnGrid } from './range.js';
import { realValues } from './real-values.js';

/** Error of integers against the reals that they stand for. */
export interface ErrorFigures {
  /** 10 log10(sum y^2 / sum error^2); infinite where nothing differs. */
  readonly signalToNoiseDecibels: number;
  /** The greatest error, in units of the result's scale. */
  readonly greatestSteps: number;
}

/** What quantization does to one layer. */
export interface LayerDiagnosis {
  readonly node: NodeId;
  readonly name: string;
  readonly op: Node['op'];
  readonly dtype: ActivationType;
  /** The layer in integers, its operands the float network's own, rounded to their grids. */
  readonly alone: ErrorFigures;
  /** The layer in the integer network, all layers before it in integers too. */
  readonly accumulated: ErrorFigures;
  /** Share of the float network's values that lie beyond the grid, by more than half a step. */
  readonly saturated: number;
  readonly channels: ChannelDiagnosis;
}

/**
 * Holds every layer of a quantized graph against the float one, on the samples. Conversions, which have no counterpart there,
 * are left out. Both graphs have the nodes' outputs under the same ids, as `quantizeTensors` leaves them. Loops and branches
 * stay in float32, and so they are left out too.
 */
export function diagnoseLayers(float: Graph, quantized: Graph, samples: Samples): LayerDiagnosis[] {
  const [exact, rounded] = [createEvaluator(float), createEvaluator(quantized)];
  const names = new Map(float.nodes.map(({ id, name }) => [id, name]));
  const layers = quantized.nodes.filter(
    (node) => names.has(node.id) && isActivation(tensorOf(quantized, node.outputs[0]!)),
  );
  const measured = layers.map((node) => new LayerErrors(quantized, { ...node, name: names.get(node.id)! }));
  for (const sample of samples) {
    const truth = exact.run(sample);
    const values = rounded.run(sample);
    for (const layer of measured) layer.add(truth, values);
  }
  const extremes = measureChannels(float, samples);
  return measured.map((layer) => layer.finish(diagnoseChannels(extremes.get(layer.node.outputs[0]!)!, layer.y)));
}

function isActivation({ dtype, quantization }: Tensor): boolean {
  return (dtype === 'int8' || dtype === 'int16') && quantization !== null;
}

type Values = ReadonlyMap<TensorId, TensorData>;

/** The errors of one layer so far. */
class LayerErrors {
  readonly y: Tensor;
  private readonly alone = new ErrorSum();
  private readonly accumulated = new ErrorSum();
  private readonly inputs: readonly Tensor[];
  private readonly evaluate: (inputs: readonly NumberData[], outputs: readonly NumberData[]) => void;
  private readonly result: NumberData[];
  private saturated = 0;

  constructor(
    graph: Graph,
    readonly node: Node,
  ) {
    const site = siteOf(graph, node);
    this.y = site.outputs[0]!;
    this.inputs = site.inputs;
    this.evaluate = operatorOf(node).reference(site, new TurnBudget());
    this.result = site.outputs.map(({ dtype, shape }) => allocate(dtype, elementCount(shape)) as NumberData);
    this.sources = site.inputs.map(({ id }) => sourceOf(graph, id));
  }

  /** What each operand is in the float network: the tensor itself, or the one that was converted into it. */
  private readonly sources: readonly TensorId[];

  add(truth: Values, values: Values): void {
    const expected = numbers(truth.get(this.y.id)!);
    const operands = this.inputs.map((tensor, i) => {
      const own = truth.get(this.sources[i]!);
      return tensor.data !== null || own === undefined || !isActivation(tensor)
        ? (values.get(tensor.id) as NumberData)
        : rounded(numbers(own), tensor);
    });
    this.evaluate(operands, this.result);
    this.alone.add(expected, realValues(this.y, this.result[0]!));
    this.accumulated.add(expected, realValues(this.y, values.get(this.y.id)!));
    const { low, high } = integerLimits(this.y.dtype);
    const [scale, zeroPoint] = [this.y.quantization!.scale[0]!, this.y.quantization!.zeroPoint[0]!];
    const [least, greatest] = [scale * (low - zeroPoint - 0.5), scale * (high - zeroPoint + 0.5)];
    for (const value of expected) if (value < least || value > greatest) this.saturated += 1;
  }

  finish(channels: ChannelDiagnosis): LayerDiagnosis {
    const { id, name, op } = this.node;
    const scale = this.y.quantization!.scale[0]!;
    return {
      node: id,
      name,
      op,
      dtype: this.y.dtype as ActivationType,
      alone: this.alone.figures(scale),
      accumulated: this.accumulated.figures(scale),
      saturated: this.saturated / this.alone.count,
      channels,
    };
  }
}

class ErrorSum {
  count = 0;
  private signal = 0;
  private noise = 0;
  private greatest = 0;

  add(expected: NumberData, found: Float32Array): void {
    found.forEach((value, i) => {
      const error = Math.abs(expected[i]! - value);
      this.signal += expected[i]! ** 2;
      this.noise += error ** 2;
      if (error > this.greatest) this.greatest = error;
    });
    this.count += found.length;
  }

  figures(scale: number): ErrorFigures {
    const decibels = this.noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(this.signal / this.noise);
    return { signalToNoiseDecibels: decibels, greatestSteps: this.greatest / scale };
  }
}

/** The tensor behind conversions. */
function sourceOf(graph: Graph, id: TensorId): TensorId {
  const producer = graph.nodes.find(({ op, outputs }) => op === 'quantize' && outputs.includes(id));
  return producer === undefined ? id : sourceOf(graph, producer.inputs[0]!);
}

function rounded(values: NumberData, { dtype, quantization }: Tensor): NumberData {
  const integers = allocate(dtype, values.length) as NumberData;
  values.forEach((value, i) => (integers[i] = nearestOnGrid(value, quantization!, dtype as ActivationType)));
  return integers;
}

import {
  allocate,
  elementCount,
  type Graph,
  type Node,
  type NumberData,
  type Tensor,
  type TensorId,
  tensorOf,
} from '@kiln/ir';
import { integerLimits } from '../../operators/activation.js';
import { operatorOf, siteOf } from '../../operators/index.js';
import { outputStage, scaleOf, weightedOf, zeroPointOf } from '../../operators/weighted.js';
import { channelCount, type ChannelFlow, POINTWISE, POOLS, REDUCTIONS, type SumFlow } from './channel-flow.js';
import type { ParameterTable, SumParameters } from './sum-parameters.js';

/** The least and the greatest value of each channel, whatever the input. */
export interface ChannelRange {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export type RangeTable = ReadonlyMap<TensorId, ChannelRange>;

/** Two operands of which every pair of int8 can be tried. */
const TRIED_PAIRS: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'maximum', 'minimum']);

/**
 * Front to back, by intervals: what flows in from outside may be anything, and so may the results of operators that mix
 * channels. Tensors of other types than int8 and int16 are left out.
 */
export function channelRanges(
  graph: Graph,
  flows: ReadonlyMap<Node['id'], ChannelFlow>,
  parameters: ParameterTable,
): RangeTable {
  const table = new Map<TensorId, ChannelRange>();
  for (const tensor of graph.tensors.values()) {
    if (tensor.dtype !== 'int8' && tensor.dtype !== 'int16') continue;
    table.set(tensor.id, tensor.data === null ? fullRange(tensor) : dataRange(tensor, tensor.data as NumberData));
  }
  for (const node of graph.nodes) {
    const flow = flows.get(node.id)!;
    if (flow.kind === 'barrier') continue;
    const inputs = node.inputs.map((id) => table.get(id) ?? fullRange(tensorOf(graph, id)));
    const range =
      flow.kind === 'sum'
        ? sumRange(graph, node, flow, parameters.of(node), inputs[0]!)
        : throughRange(graph, node, flow.sources, inputs);
    table.set(node.outputs[0]!, range);
  }
  return table;
}

/** The channel's only value; null if it has more. */
export function constantOf({ low, high }: ChannelRange, channel: number): number | null {
  return low[channel] === high[channel] ? low[channel]! : null;
}

function fullRange(tensor: Tensor): ChannelRange {
  const { low, high } = tensor.dtype === 'float32' ? { low: -Infinity, high: Infinity } : integerLimits(tensor.dtype);
  const count = channelCount(tensor);
  return { low: new Float64Array(count).fill(low), high: new Float64Array(count).fill(high) };
}

function dataRange(tensor: Tensor, values: NumberData): ChannelRange {
  const count = channelCount(tensor);
  const range = emptyRange(count);
  values.forEach((value, i) => widen(range, i % count, value, value));
  return range;
}

function emptyRange(count: number): ChannelRange {
  return { low: new Float64Array(count).fill(Infinity), high: new Float64Array(count).fill(-Infinity) };
}

function widen({ low, high }: ChannelRange, channel: number, least: number, greatest: number): void {
  low[channel] = Math.min(low[channel]!, least);
  high[channel] = Math.max(high[channel]!, greatest);
}

/** The sum's bounds over every set of taps that occurs, through the output stage, which keeps their order. */
function sumRange(
  graph: Graph,
  node: Node,
  flow: SumFlow,
  { weights, bias }: SumParameters,
  x: ChannelRange,
): ChannelRange {
  const site = siteOf(graph, node);
  const weighted = weightedOf(site);
  const { activation } = node.attributes as { readonly activation: 'none' };
  const { finish, wraps } = outputStage(weighted, activation, `node '${node.name}'`);
  const [zero, zeroW] = [zeroPointOf(weighted.x), zeroPointOf(weighted.weights)];
  const range = emptyRange(flow.filters);
  const [least, greatest] = [new Float64Array(flow.taps), new Float64Array(flow.taps)];
  const full = integerLimits(weighted.y.dtype);
  for (let o = 0; o < flow.filters; o++) {
    const [first, last] = flow.seen(o);
    for (let tap = 0; tap < flow.taps; tap++) {
      let [low, high] = [0, 0];
      for (let k = first; k <= last; k++) {
        const w = weights[flow.weightAt(o, tap, k)]! - zeroW;
        const [a, b] = [w * (x.low[k]! - zero), w * (x.high[k]! - zero)];
        low += Math.min(a, b);
        high += Math.max(a, b);
      }
      least[tap] = low;
      greatest[tap] = high;
    }
    for (const set of flow.tapSets) {
      const low = set.reduce((sum, tap) => sum + least[tap]!, bias[o]!);
      const high = set.reduce((sum, tap) => sum + greatest[tap]!, bias[o]!);
      if (low < high && (wraps(low, o) || wraps(high, o))) widen(range, o, full.low, full.high);
      else widen(range, o, finish(low, o), finish(high, o));
    }
  }
  return range;
}

type Sources = (channel: number) => readonly { readonly input: number; readonly channel: number }[];

function throughRange(graph: Graph, node: Node, sources: Sources, inputs: readonly ChannelRange[]): ChannelRange {
  const y = tensorOf(graph, node.outputs[0]!);
  const [x] = inputs as [ChannelRange];
  const count = channelCount(y);
  if (POOLS.has(node.op) || REDUCTIONS.has(node.op))
    return monotone(graph, node) ? probed(graph, node, x) : fullRange(y);
  if (POINTWISE.has(node.op)) return pointwiseRange(graph, node, sources, inputs);
  const moved = emptyRange(count);
  for (let j = 0; j < count; j++) {
    for (const { input, channel } of sources(j))
      widen(moved, j, inputs[input]!.low[channel]!, inputs[input]!.high[channel]!);
  }
  if (node.op !== 'pad') return moved;
  const fill = inputs[1]!;
  for (let j = 0; j < count; j++) widen(moved, j, fill.low[0]!, fill.high[0]!);
  return moved;
}

/** Pools and reductions keep the order, unless a sum shifted to the left could leave its 32 bits. */
function monotone(graph: Graph, node: Node): boolean {
  if (node.op !== 'mean' && node.op !== 'sum') return true;
  const [x, y] = [tensorOf(graph, node.inputs[0]!), tensorOf(graph, node.outputs[0]!)];
  const { low, high } = integerLimits(x.dtype);
  const values = elementCount(x.shape) / elementCount(y.shape);
  return values * (high - low) * Math.max(1, (2 * scaleOf(x)) / scaleOf(y)) < 2 ** 31 - 1;
}

/** The results of each channel full of its least, and of its greatest value. */
function probed(graph: Graph, node: Node, x: ChannelRange): ChannelRange {
  const site = siteOf(graph, node);
  const [from, to] = [site.inputs[0]!, site.outputs[0]!];
  const evaluate = operatorOf(node).reference(site);
  const range = emptyRange(channelCount(to));
  for (const bounds of [x.low, x.high]) {
    const values = allocate(from.dtype, elementCount(from.shape)) as NumberData;
    values.forEach((_, i) => (values[i] = bounds[i % bounds.length]!));
    const results = allocate(to.dtype, elementCount(to.shape)) as NumberData;
    evaluate([values], [results]);
    results.forEach((value, i) => widen(range, i % range.low.length, value, value));
  }
  return range;
}

/** Every value of one operand is tried, and every pair of values of two int8. */
function pointwiseRange(graph: Graph, node: Node, sources: Sources, inputs: readonly ChannelRange[]): ChannelRange {
  const y = tensorOf(graph, node.outputs[0]!);
  const { inputs: tensors } = siteOf(graph, node);
  const all8 = [...tensors, y].every(({ dtype }) => dtype === 'int8');
  if (inputs.length > 2 || (inputs.length === 2 && !(all8 && TRIED_PAIRS.has(node.op)))) return fullRange(y);
  const { low: first, high: last } = integerLimits(tensors[0]!.dtype);
  const size = last - first + 1;
  const results = tabulate(graph, node, first, size);
  const known = new Map<string, readonly [number, number]>();
  const range = emptyRange(channelCount(y));
  for (let j = 0; j < range.low.length; j++) {
    const spans = sources(j).map(({ input, channel }) => [inputs[input]!.low[channel]!, inputs[input]!.high[channel]!]);
    const [[a, b], [c, d]] = [spans[0] as [number, number], (spans[1] ?? [first, first]) as [number, number]];
    const key = `${a},${b},${c},${d}`;
    const found =
      known.get(key) ?? extremes(results, a - first, b - first, c - first, d - first, spans.length === 1 ? 1 : size);
    known.set(key, found);
    widen(range, j, ...found);
  }
  return range;
}

/** The results of all values, or of all pairs, the second operand's counting fastest. */
function tabulate(graph: Graph, node: Node, first: number, size: number): NumberData {
  const { inputs, outputs, ...rest } = siteOf(graph, node);
  const shapes =
    inputs.length === 1
      ? [[size]]
      : [
          [size, 1],
          [1, size],
        ];
  const site = {
    ...rest,
    inputs: inputs.map((tensor, i) => ({ ...tensor, shape: shapes[i]!, data: null })),
    outputs: [{ ...outputs[0]!, shape: inputs.length === 1 ? [size] : [size, size] }],
  };
  const values = inputs.map(({ dtype }) => {
    const every = allocate(dtype, size) as NumberData;
    every.forEach((_, i) => (every[i] = first + i));
    return every;
  });
  const results = allocate(outputs[0]!.dtype, elementCount(site.outputs[0]!.shape)) as NumberData;
  operatorOf(node).reference(site)(values, [results]);
  return results;
}

function extremes(
  results: NumberData,
  a: number,
  b: number,
  c: number,
  d: number,
  rowSize: number,
): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = a; i <= b; i++) {
    for (let j = c; j <= d; j++) {
      const value = results[i * rowSize + j]!;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return [low, high];
}

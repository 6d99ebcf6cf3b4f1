import { type Graph, type Node, tensorOf } from '@kiln/ir';
import { zeroPointOf } from '../../operators/weighted.js';
import type { ChannelFlow, SumFlow } from './channel-flow.js';
import { type ChannelRange, constantOf, type RangeTable } from './channel-ranges.js';
import type { EqualTable } from './equal-channels.js';
import type { ParameterTable, SumParameters } from './sum-parameters.js';

/** Weights stay within what symmetric quantization uses. */
const MOST_WEIGHT = 127;

/**
 * Lets nodes that sum over all channels no longer read what they need not: a constant goes into the bias, a channel's equal
 * takes over its weights. Says whether anything changed. Sums cannot grow by it: |a + b| <= |a| + |b|.
 */
export function rewriteWeights(
  graph: Graph,
  flows: ReadonlyMap<Node['id'], ChannelFlow>,
  parameters: ParameterTable,
  ranges: RangeTable,
  equal: EqualTable,
): boolean {
  let changed = false;
  for (const node of graph.nodes) {
    const flow = flows.get(node.id)!;
    if (flow.kind !== 'sum' || flow.depthwise) continue;
    const own = new Rewriter(graph, node, flow, parameters.of(node));
    const range = ranges.get(node.inputs[0]!)!;
    const firsts = equal.get(node.inputs[0]!)!;
    for (let k = 0; k < flow.channels; k++) {
      if (!own.reads(k) || !(own.foldConstant(k, range) || own.mergeInto(firsts[k]!, k))) continue;
      parameters.markChanged(node);
      changed = true;
    }
  }
  return changed;
}

class Rewriter {
  private readonly zero: number;
  private readonly zeroWeight: number;

  constructor(
    graph: Graph,
    node: Node,
    private readonly flow: SumFlow,
    private readonly own: SumParameters,
  ) {
    this.zero = zeroPointOf(tensorOf(graph, node.inputs[0]!));
    this.zeroWeight = zeroPointOf(tensorOf(graph, node.inputs[1]!));
  }

  reads(channel: number): boolean {
    return this.some(channel, (at) => this.own.weights[at] !== this.zeroWeight);
  }

  /** Exact where every position sees the same taps, or the constant is what the padding stands for. */
  foldConstant(channel: number, range: ChannelRange): boolean {
    const value = constantOf(range, channel);
    if (value === null || (value !== this.zero && this.flow.tapSets.length !== 1)) return false;
    const { weights, bias } = this.own;
    for (let o = 0; o < this.flow.filters; o++) {
      for (const tap of value === this.zero ? [] : this.flow.tapSets[0]!)
        bias[o]! += (weights[this.flow.weightAt(o, tap, channel)]! - this.zeroWeight) * (value - this.zero);
    }
    this.clear(channel);
    return true;
  }

  /** Only where each sum of two weights is a weight. */
  mergeInto(first: number, channel: number): boolean {
    if (first === channel) return false;
    const { weights } = this.own;
    const [zero, most] = [this.zeroWeight, MOST_WEIGHT];
    const merged = (o: number, tap: number): number =>
      weights[this.flow.weightAt(o, tap, first)]! + weights[this.flow.weightAt(o, tap, channel)]! - zero;
    if (this.some(channel, (_, o, tap) => Math.abs(merged(o, tap)) > most)) return false;
    this.some(channel, (_, o, tap) => {
      weights[this.flow.weightAt(o, tap, first)] = merged(o, tap);
      return false;
    });
    this.clear(channel);
    return true;
  }

  private clear(channel: number): void {
    this.some(channel, (at) => {
      this.own.weights[at] = this.zeroWeight;
      return false;
    });
  }

  /** Visits the channel's weights until one is found. */
  private some(channel: number, visit: (at: number, o: number, tap: number) => boolean): boolean {
    for (let o = 0; o < this.flow.filters; o++)
      for (let tap = 0; tap < this.flow.taps; tap++)
        if (visit(this.flow.weightAt(o, tap, channel), o, tap)) return true;
    return false;
  }
}

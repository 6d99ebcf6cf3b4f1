import { type Graph, type Node, type TensorId, tensorOf } from '@kiln/ir';
import { zeroPointOf } from '../../operators/weighted.js';
import { channelCount, type ChannelFlow } from './channel-flow.js';
import type { ParameterTable } from './sum-parameters.js';

/** The channels of each tensor that stay, in order. */
export type KeptChannels = ReadonlyMap<TensorId, readonly number[]>;

/**
 * Back to front: what the graph gives, what it remembers and what operators read that mix channels is needed whole; of what is
 * summed the channels with weights. Channels that an operator takes from one to the other stay or go together. Each tensor
 * keeps one at least.
 */
export function neededChannels(
  graph: Graph,
  flows: ReadonlyMap<Node['id'], ChannelFlow>,
  parameters: ParameterTable,
): KeptChannels {
  const groups = new ChannelGroups(graph);
  for (const node of graph.nodes) joinNode(graph, node, flows.get(node.id)!, groups);
  const fixed = [...graph.inputs, ...graph.outputs, ...graph.states.flatMap(({ before, after }) => [before, after])];
  fixed.forEach((id) => groups.needAll(id));
  do needSummed(graph, flows, parameters, groups);
  while (needFirst(graph, groups));
  return new Map(
    [...graph.tensors.values()].map((tensor) => [
      tensor.id,
      Array.from({ length: channelCount(tensor) }, (_, k) => k).filter((k) => groups.isNeeded(tensor.id, k)),
    ]),
  );
}

function joinNode(graph: Graph, node: Node, flow: ChannelFlow, groups: ChannelGroups): void {
  const y = node.outputs[0]!;
  if (flow.kind === 'barrier') [...node.inputs, ...node.outputs].forEach((id) => groups.needAll(id));
  else if (flow.kind === 'sum') {
    // Weights and bias are cut by tensors of the node's own.
    node.inputs.slice(1).forEach((id) => groups.needAll(id));
    for (let o = 0; flow.depthwise && o < flow.filters; o++) groups.join(node.inputs[0]!, flow.seen(o)[0], y, o);
  } else {
    const joined = new Set<number>();
    const count = channelCount(tensorOf(graph, y));
    const isRepeated = (input: number): boolean =>
      node.op !== 'concatenation' &&
      node.op !== 'reshape' &&
      count > 1 &&
      channelCount(tensorOf(graph, node.inputs[input]!)) === 1;
    for (let j = 0; j < count; j++) {
      for (const { input, channel } of flow.sources(j)) {
        if (isRepeated(input)) continue;
        groups.join(node.inputs[input]!, channel, y, j);
        joined.add(input);
      }
    }
    node.inputs.forEach((id, input) => joined.has(input) || groups.needAll(id));
  }
}

/** Until nothing is added. */
function needSummed(
  graph: Graph,
  flows: ReadonlyMap<Node['id'], ChannelFlow>,
  parameters: ParameterTable,
  groups: ChannelGroups,
): void {
  for (let grown = true; grown;) {
    grown = false;
    for (const node of [...graph.nodes].reverse()) {
      const flow = flows.get(node.id)!;
      if (flow.kind !== 'sum' || flow.depthwise) continue;
      const [x, y] = [node.inputs[0]!, node.outputs[0]!];
      const zero = zeroPointOf(tensorOf(graph, node.inputs[1]!));
      const { weights } = parameters.of(node);
      for (let o = 0; o < flow.filters; o++) {
        if (!groups.isNeeded(y, o)) continue;
        for (let k = 0; k < flow.channels; k++) {
          if (groups.isNeeded(x, k)) continue;
          for (let tap = 0; tap < flow.taps; tap++) {
            if (weights[flow.weightAt(o, tap, k)] === zero) continue;
            groups.need(x, k);
            grown = true;
            break;
          }
        }
      }
    }
  }
}

/** The first channels of each tensor that has too few; whether there was one. */
function needFirst(graph: Graph, groups: ChannelGroups): boolean {
  const least = new Map(graph.nodes.map((node) => [node.outputs[0]!, leastChannels(graph, node)]));
  let found = false;
  for (const { id, shape } of graph.tensors.values()) {
    const every = Array.from({ length: channelCount({ shape }) }, (_, k) => k);
    const needed = every.filter((k) => groups.isNeeded(id, k)).length;
    if (needed >= Math.min(every.length, least.get(id) ?? 1)) continue;
    groups.need(
      id,
      every.find((k) => !groups.isNeeded(id, k))!,
    );
    found = true;
  }
  return found;
}

/** A dense layer with a scale for each output must not come to look like one with a single scale: that one rounds its product. */
function leastChannels(graph: Graph, node: Node): number {
  return node.op === 'dense' && (tensorOf(graph, node.inputs[1]!).quantization?.scale.length ?? 1) > 1 ? 2 : 1;
}

/** Sets of channels that stay or go together. */
class ChannelGroups {
  private readonly base = new Map<TensorId, number>();
  private readonly parent: Int32Array;
  private readonly needed: Uint8Array;

  constructor(private readonly graph: Graph) {
    let total = 0;
    for (const tensor of graph.tensors.values()) {
      this.base.set(tensor.id, total);
      total += channelCount(tensor);
    }
    this.parent = Int32Array.from({ length: total }, (_, i) => i);
    this.needed = new Uint8Array(total);
  }

  join(a: TensorId, channelA: number, b: TensorId, channelB: number): void {
    const [first, second] = [this.root(a, channelA), this.root(b, channelB)];
    this.parent[second] = first;
    this.needed[first]! |= this.needed[second]!;
  }

  need(id: TensorId, channel: number): void {
    this.needed[this.root(id, channel)] = 1;
  }

  needAll(id: TensorId): void {
    for (let k = 0; k < channelCount(tensorOf(this.graph, id)); k++) this.need(id, k);
  }

  isNeeded(id: TensorId, channel: number): boolean {
    return this.needed[this.root(id, channel)] === 1;
  }

  private root(id: TensorId, channel: number): number {
    let at = this.base.get(id)! + channel;
    while (this.parent[at] !== at) {
      this.parent[at] = this.parent[this.parent[at]!]!;
      at = this.parent[at]!;
    }
    return at;
  }
}

import { type Graph, type Node, type NodeId, tensorOf } from '@kiln/ir';
import { channelCount, channelFlow, type ChannelFlow } from './channels/channel-flow.js';
import { channelRanges, constantOf, type RangeTable } from './channels/channel-ranges.js';
import { cutChannels } from './channels/cut-channels.js';
import { equalChannels, type EqualTable } from './channels/equal-channels.js';
import { type KeptChannels, neededChannels } from './channels/needed-channels.js';
import { rewriteWeights } from './channels/rewrite-weights.js';
import { ParameterTable } from './channels/sum-parameters.js';
import { eliminateDeadNodes } from './eliminate-dead-nodes.js';
import { inferShapes } from './infer-shapes.js';

/** What was found of the channels of one node's result, by their indices before any was dropped. */
export interface ChannelRecord {
  readonly node: NodeId;
  readonly name: string;
  readonly channels: number;
  /** Constants, equals, and channels that nobody reads. */
  readonly dropped: readonly number[];
  /** Channels that have one value, whatever the input. */
  readonly constants: readonly { readonly channel: number; readonly value: number }[];
  /** Channels that always have the values of an earlier one. */
  readonly equals: readonly { readonly channel: number; readonly first: number }[];
}

export interface ChannelElimination {
  readonly graph: Graph;
  /** In the order of nodes; those of which nothing was found are left out. */
  readonly log: readonly ChannelRecord[];
}

/**
 * Drops the channels of a quantized network that change nothing: those that have one value whatever the input (it goes into
 * the biases behind it), those that equal another (whose weights then count for both), and those that nobody reads.
 *
 * Requires: shapes inferred, operators checked. Ensures: the same outputs, bit for bit, for every input; inputs, outputs and
 * states keep their shapes.
 */
export function eliminateDeadChannels(graph: Graph): ChannelElimination {
  const flows = new Map<NodeId, ChannelFlow>(graph.nodes.map((node) => [node.id, channelFlow(graph, node)]));
  if (![...flows.values()].some(({ kind }) => kind === 'sum')) return { graph, log: [] };
  const parameters = new ParameterTable(graph);
  let ranges: RangeTable;
  let equal: EqualTable;
  // Weights that have gone make ranges narrower, and other channels equal.
  do {
    ranges = channelRanges(graph, flows, parameters);
    equal = equalChannels(graph, flows, parameters);
  } while (rewriteWeights(graph, flows, parameters, ranges, equal));
  const kept = neededChannels(graph, flows, parameters);
  const log = graph.nodes.flatMap((node) => recordOf(graph, node, ranges, equal, kept));
  if (log.every(({ dropped }) => dropped.length === 0)) return { graph, log };
  return { graph: inferShapes(eliminateDeadNodes(cutChannels(graph, flows, parameters, kept))), log };
}

function recordOf(
  graph: Graph,
  node: Node,
  ranges: RangeTable,
  equal: EqualTable,
  kept: KeptChannels,
): ChannelRecord[] {
  const y = node.outputs[0]!;
  const range = ranges.get(y);
  if (range === undefined) return [];
  const every = Array.from({ length: channelCount(tensorOf(graph, y)) }, (_, channel) => channel);
  const stays = new Set(kept.get(y));
  const constants = every.flatMap((channel) => {
    const value = constantOf(range, channel);
    return value === null ? [] : [{ channel, value }];
  });
  const equals = every.flatMap((channel) => {
    const first = equal.get(y)![channel]!;
    return first === channel ? [] : [{ channel, first }];
  });
  const dropped = every.filter((channel) => !stays.has(channel));
  if (dropped.length + constants.length + equals.length === 0) return [];
  return [{ node: node.id, name: node.name, channels: every.length, dropped, constants, equals }];
}

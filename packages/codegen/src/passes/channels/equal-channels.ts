import { type Graph, type Node, type TensorId, tensorOf } from '@kiln/ir';
import { channelCount, type ChannelFlow, type SumFlow } from './channel-flow.js';
import type { ParameterTable } from './sum-parameters.js';

/** For each channel the first one of its tensor that always has the same values: itself, where there is none before it. */
export type EqualTable = ReadonlyMap<TensorId, Int32Array>;

/** Channels are equal that are computed in the same way from equal channels, and those of a constant with equal values. */
export function equalChannels(
  graph: Graph,
  flows: ReadonlyMap<Node['id'], ChannelFlow>,
  parameters: ParameterTable,
): EqualTable {
  const table = new Map<TensorId, Int32Array>();
  for (const tensor of graph.tensors.values()) {
    const count = channelCount(tensor);
    const { data } = tensor;
    table.set(
      tensor.id,
      firstOfEach(count, (j) => (data === null ? j : (data as Int8Array).filter((_, i) => i % count === j).join())),
    );
  }
  for (const node of graph.nodes) {
    const flow = flows.get(node.id)!;
    if (flow.kind === 'barrier') continue;
    const y = tensorOf(graph, node.outputs[0]!);
    const equal = node.inputs.map((id) => table.get(id)!);
    const key =
      flow.kind === 'sum'
        ? sumKey(graph, node, flow, parameters, equal[0]!)
        : (j: number): string =>
            `${positionOf(graph, node, j)}|${flow
              .sources(j)
              .map(({ input, channel }) => `${input}:${equal[input]![channel]}`)
              .join()}`;
    table.set(y.id, firstOfEach(channelCount(y), key));
  }
  return table;
}

function firstOfEach(count: number, keyOf: (channel: number) => string | number): Int32Array {
  const first = new Map<string | number, number>();
  return Int32Array.from({ length: count }, (_, j) => {
    const key = keyOf(j);
    const known = first.get(key) ?? j;
    first.set(key, known);
    return known;
  });
}

/** Which of the positions that a reshape puts beside each other a channel comes from; 0 for all other nodes. */
function positionOf(graph: Graph, node: Node, channel: number): number {
  return node.op === 'reshape' ? Math.floor(channel / channelCount(tensorOf(graph, node.inputs[0]!))) : 0;
}

/** Bias, scale and weights, and for a depthwise filter the channel that it sees. */
function sumKey(
  graph: Graph,
  node: Node,
  flow: SumFlow,
  parameters: ParameterTable,
  equal: Int32Array,
): (o: number) => string {
  const { weights, bias } = parameters.of(node);
  const scales = tensorOf(graph, node.inputs[1]!).quantization!.scale;
  return (o) => {
    const [first, last] = flow.seen(o);
    const parts = [bias[o]!, scales[scales.length === 1 ? 0 : o]!, flow.depthwise ? equal[first]! : 0];
    for (let tap = 0; tap < flow.taps; tap++)
      for (let k = first; k <= last; k++) parts.push(weights[flow.weightAt(o, tap, k)]!);
    return parts.join();
  };
}

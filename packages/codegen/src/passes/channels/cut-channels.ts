import {
  type Graph,
  GraphEditor,
  type Node,
  type QuantizationParams,
  type Shape,
  type Tensor,
  type TensorData,
  type TensorId,
  tensorOf,
} from '@kiln/ir';
import { channelCount, type ChannelFlow } from './channel-flow.js';
import type { KeptChannels } from './needed-channels.js';
import { biasData, type ParameterTable } from './sum-parameters.js';

/** The graph without the channels that do not stay. Nodes with weights get tensors of their own where these change. */
export function cutChannels(
  graph: Graph,
  flows: ReadonlyMap<Node['id'], ChannelFlow>,
  parameters: ParameterTable,
  kept: KeptChannels,
): Graph {
  const editor = new GraphEditor(graph);
  const isCut = (id: TensorId): boolean => kept.get(id)!.length < channelCount(tensorOf(graph, id));
  for (const tensor of graph.tensors.values()) {
    if (isCut(tensor.id)) editor.replaceTensor(tensor.id, along(tensor, tensor.shape.length - 1, kept.get(tensor.id)!));
  }
  for (const node of graph.nodes) {
    const flow = flows.get(node.id)!;
    const [x, y] = [node.inputs[0]!, node.outputs[0]!];
    if (node.op === 'reshape' && isCut(y)) {
      const shape = withSize(tensorOf(graph, y).shape, -1, kept.get(y)!.length);
      editor.replaceNode(node.id, () => ({ ...node, attributes: { shape } }));
    }
    if (flow.kind !== 'sum' || !(isCut(x) || isCut(y) || parameters.isChanged(node))) continue;
    const [weights, bias] = [1, 2].map((i) => tensorOf(graph, node.inputs[i]!)) as [Tensor, Tensor];
    const own = parameters.of(node);
    const [filterAxis, channelAxis] = flow.depthwise ? [3, null] : [0, weights.shape.length - 1];
    const whole = { ...weights, data: own.weights };
    const filters = along(whole, filterAxis, kept.get(y)!);
    const cut = channelAxis === null ? filters : along({ ...whole, ...filters }, channelAxis, kept.get(x)!);
    const values = kept.get(y)!.map((o) => own.bias[o]!);
    const { id: _, ...biasType } = { ...bias, ...along(bias, 0, kept.get(y)!), data: biasData(values, bias) };
    const { id: __, ...weightsType } = { ...whole, ...cut };
    const [newWeights, newBias] = [editor.addTensor(weightsType), editor.addTensor(biasType)];
    editor.replaceNode(node.id, () => ({ ...node, inputs: [x, newWeights, newBias] }) as Node);
  }
  return editor.finish();
}

function withSize(shape: Shape, axis: number, size: number): Shape {
  return shape.with(axis, size);
}

/** The tensor's shape, scales and values with these indices of one dimension alone. */
function along(
  { shape, quantization, data }: Tensor,
  axis: number,
  indices: readonly number[],
): Pick<Tensor, 'shape' | 'quantization' | 'data'> {
  const size = shape[axis]!;
  const inner = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  const stays = new Set(indices);
  const has = (_: unknown, i: number): boolean => stays.has(Math.floor(i / inner) % size);
  return {
    shape: withSize(shape, axis, indices.length),
    quantization: quantization?.axis === axis ? pick(quantization, indices) : quantization,
    data: data === null ? null : ((data as Int8Array).filter(has) as TensorData),
  };
}

function pick({ scale, zeroPoint, axis }: QuantizationParams, indices: readonly number[]): QuantizationParams {
  return { scale: indices.map((i) => scale[i]!), zeroPoint: indices.map((i) => zeroPoint[i]!), axis };
}

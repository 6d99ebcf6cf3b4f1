import { consumersOf, type Graph, type Node, type NodeOf, type TensorId, tensorOf } from '@kiln/ir';

/** A layer whose weights can take a factor for each channel of what it reads. */
export type ScalableNode = NodeOf<'conv2d'> | NodeOf<'depthwiseConv2d'> | NodeOf<'dense'>;

/** Whether the node is a layer with constant weights and bias of float32 that nobody else reads. */
export function isScalable(graph: Graph, node: Node): node is ScalableNode {
  if (node.op !== 'conv2d' && node.op !== 'depthwiseConv2d' && node.op !== 'dense') return false;
  const own = node.inputs
    .slice(1)
    .every((id) => tensorOf(graph, id).data instanceof Float32Array && consumersOf(graph, id).length === 1);
  return (
    own && (node.op !== 'conv2d' || tensorOf(graph, node.inputs[1]!).shape[3] === channelsOf(graph, node.inputs[0]!))
  );
}

export function channelsOf(graph: Graph, id: TensorId): number {
  return tensorOf(graph, id).shape.at(-1) ?? 1;
}

/**
 * The layers that read the tensor, straight or through operators that let a positive factor of each channel through:
 * f(s x) = s f(x). Null if anybody else reads it, or if it leaves the graph. Element i of the last dimension of whatever such
 * a layer reads is channel i modulo `channels`.
 */
export function scaledReaders(graph: Graph, tensor: TensorId, channels: number): ScalableNode[] | null {
  const leaves = graph.outputs.includes(tensor) || graph.states.some(({ after }) => after === tensor);
  const readers: ScalableNode[] = [];
  for (const node of consumersOf(graph, tensor)) {
    if (node.inputs[0] !== tensor || leaves) return null;
    if (isScalable(graph, node)) {
      readers.push(node);
      continue;
    }
    const behind = letsScalesThrough(graph, node, channels) ? scaledReaders(graph, node.outputs[0]!, channels) : null;
    if (behind === null) return null;
    readers.push(...behind);
  }
  return readers.length === 0 ? null : readers;
}

function letsScalesThrough(graph: Graph, node: Node, channels: number): boolean {
  switch (node.op) {
    case 'relu':
    case 'leakyRelu':
    case 'copy':
      return true;
    case 'maxPool2d':
    case 'averagePool2d':
      return node.attributes.activation === 'none' || node.attributes.activation === 'relu';
    case 'mean':
    case 'reduceMax':
      return !node.attributes.axes.includes(tensorOf(graph, node.inputs[0]!).shape.length - 1);
    case 'reshape':
      return channelsOf(graph, node.outputs[0]!) % channels === 0;
    case 'pad':
      return isZero(graph, node.inputs[1]!) && channelsOf(graph, node.outputs[0]!) === channels;
    default:
      return false;
  }
}

function isZero(graph: Graph, id: TensorId): boolean {
  const { data } = tensorOf(graph, id);
  return data instanceof Float32Array && data.every((value) => value === 0);
}

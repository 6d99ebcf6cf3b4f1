import { type Graph, inputTensors, type Node, outputTensors, type Tensor, tensorOf } from '@kiln/ir';

/**
 * Whether a network that was read for one input at a time may be written for any number of them: whether the first
 * dimension of everything that flows through it is 1 and no operator looks across it.
 */
export function hasFreeBatch(graph: Graph): boolean {
  const isRow = ({ shape }: Tensor): boolean => shape.length > 1 && shape[0] === 1;
  if (graph.states.length > 0 || !graph.inputs.every((id) => isRow(tensorOf(graph, id)))) return false;
  return graph.nodes.every((node) => {
    const flowing = [...inputTensors(graph, node).filter(({ data }) => data === null), ...outputTensors(graph, node)];
    return flowing.every(isRow) && keepsRows(graph, node);
  });
}

function keepsRows(graph: Graph, node: Node): boolean {
  switch (node.op) {
    case 'transpose':
      return node.attributes.permutation[0] === 0;
    case 'concatenation':
    case 'split':
    case 'argMax':
    case 'argMin':
    case 'cumSum':
      return node.attributes.axis !== 0;
    case 'mean':
    case 'sum':
    case 'reduceMax':
    case 'reduceMin':
    case 'reduceProd':
      return !node.attributes.axes.includes(0);
    case 'reverse':
      return !node.attributes.axes.includes(0);
    case 'pad':
    case 'mirrorPad':
      return node.attributes.before[0] === 0 && node.attributes.after[0] === 0;
    case 'tile':
      return node.attributes.multiples[0] === 1;
    case 'slice':
    case 'gather':
    case 'gatherNd':
    case 'oneHot':
    case 'broadcastTo':
    case 'spaceToBatch':
    case 'batchToSpace':
    case 'dynamicUpdateSlice':
    case 'svdf':
    case 'unidirectionalSequenceLstm':
    case 'circularBuffer':
    case 'if':
    case 'while':
      return false;
    default:
      return constantsAreRows(graph, node);
  }
}

/** Constants that are broadcast over the batch have one row, or no such dimension. */
function constantsAreRows(graph: Graph, node: Node): boolean {
  const rank = tensorOf(graph, node.outputs[0]!).shape.length;
  return inputTensors(graph, node).every(
    ({ data, shape }) => data === null || shape.length < rank || shape[0] === 1 || hasWeights(node),
  );
}

function hasWeights({ op }: Node): boolean {
  return op === 'conv2d' || op === 'depthwiseConv2d' || op === 'transposeConv2d' || op === 'dense';
}

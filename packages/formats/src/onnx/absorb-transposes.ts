import {
  consumersOf,
  elementCount,
  type Graph,
  GraphEditor,
  type Node,
  type NodeOf,
  producerOf,
  tensorOf,
} from '@kiln/ir';
import { rearranged } from './arrange.js';

/**
 * Lets a dense layer read an image with its channels last where the file turns it to channels first and flattens it: the columns
 * of its weights change places instead.
 *
 * Requires: nobody else reads what stands between, or the weights. Ensures: the same sums in another order.
 */
export function absorbTransposes(graph: Graph): Graph {
  return graph.nodes.reduce((current, node) => (node.op === 'dense' ? absorb(current, node) : current), graph);
}

function absorb(graph: Graph, dense: NodeOf<'dense'>): Graph {
  const reshape = onlyBefore(graph, dense);
  const transpose = reshape?.op === 'reshape' ? onlyBefore(graph, reshape) : null;
  const weights = tensorOf(graph, dense.inputs[1]!);
  if (transpose?.op !== 'transpose' || reshape?.op !== 'reshape' || weights.data === null) return graph;
  const { permutation } = transpose.attributes;
  const turned = tensorOf(graph, transpose.outputs[0]!).shape;
  const [units, features] = weights.shape as [number, number];
  const isWhole = permutation[0] === 0 && turned[0] === 1 && features === elementCount(turned);
  if (!isWhole || consumersOf(graph, weights.id).length !== 1) return graph;
  const back = permutation.map((_, axis) => permutation.indexOf(axis));
  const order = [0, ...back.slice(1)];
  const data = rearranged(weights.data, [units, ...turned.slice(1)], order);
  const editor = new GraphEditor(graph);
  editor.replaceTensor(weights.id, { data });
  editor.replaceNode(reshape.id, (kept) => ({ ...kept, inputs: transpose.inputs }) as Node);
  editor.removeNode(transpose.id);
  editor.removeTensor(transpose.outputs[0]!);
  return editor.finish();
}

/** The node before, if nobody else reads its result. */
function onlyBefore(graph: Graph, node: Node): Node | null {
  const [x] = node.inputs;
  return consumersOf(graph, x!).length === 1 && !graph.outputs.includes(x!) ? producerOf(graph, x!) : null;
}

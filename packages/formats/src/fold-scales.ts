import {
  consumersOf,
  type Graph,
  GraphEditor,
  type Node,
  type NodeOf,
  producerOf,
  type Tensor,
  tensorOf,
} from '@kiln/ir';

/**
 * Folds factors and offsets for each channel, which batch normalisation is read as, into the convolution or dense layer before
 * them.
 *
 *   W'[o] = W[o] * scale[o]
 *   b'[o] = b[o] * scale[o] + shift[o]
 *
 * Source: Jacob et al. 2018, section 3.2. Only where nobody else reads the unscaled result, and the layer has no activation.
 */
export function foldScales(graph: Graph): Graph {
  let folded = graph;
  for (let next = foldOne(folded); next !== null; next = foldOne(folded)) folded = next;
  return folded;
}

type Weighted = NodeOf<'conv2d'> | NodeOf<'depthwiseConv2d'> | NodeOf<'transposeConv2d'> | NodeOf<'dense'>;

const WEIGHTED: readonly string[] = ['conv2d', 'depthwiseConv2d', 'transposeConv2d', 'dense'];

function foldOne(graph: Graph): Graph | null {
  for (const node of graph.nodes) {
    if (node.op !== 'mul' && node.op !== 'add') continue;
    const values = channelConstant(graph, node);
    const before = values === null ? null : producerOf(graph, node.inputs[0]!);
    if (values === null || before === null || !isFoldable(graph, before, node)) continue;
    return foldInto(graph, before as Weighted, node, values);
  }
  return null;
}

/** The second operand, if it is one constant for each channel of the first. */
function channelConstant(graph: Graph, node: NodeOf<'mul'> | NodeOf<'add'>): Float32Array | null {
  if (node.attributes.activation !== 'none') return null;
  const [x, constant] = node.inputs.map((id) => tensorOf(graph, id)) as [Tensor, Tensor];
  const fits =
    constant.data instanceof Float32Array && constant.shape.length === 1 && constant.shape[0] === x.shape.at(-1);
  return fits && x.data === null ? (constant.data as Float32Array) : null;
}

function isFoldable(graph: Graph, before: Node, node: Node): boolean {
  const [y] = before.outputs;
  return (
    WEIGHTED.includes(before.op) &&
    (before as Weighted).attributes.activation === 'none' &&
    consumersOf(graph, y!).length === 1 &&
    consumersOf(graph, y!)[0] === node &&
    !graph.outputs.includes(y!) &&
    [1, 2].every(
      (i) => consumersOf(graph, before.inputs[i]!).length === 1 && tensorOf(graph, before.inputs[i]!).data !== null,
    )
  );
}

function foldInto(graph: Graph, before: Weighted, node: Node, values: Float32Array): Graph {
  const editor = new GraphEditor(graph);
  const [weights, bias] = [1, 2].map((i) => tensorOf(graph, before.inputs[i]!)) as [Tensor, Tensor];
  const [w, b] = [weights.data as Float32Array, bias.data as Float32Array];
  if (node.op === 'mul') {
    const filters = values.length;
    const filterOf = (i: number): number =>
      before.op === 'depthwiseConv2d' ? i % filters : Math.floor(i / (w.length / filters));
    editor.replaceTensor(weights.id, { data: w.map((value, i) => value * values[filterOf(i)]!) });
    editor.replaceTensor(bias.id, { data: b.map((value, o) => value * values[o]!) });
  } else {
    editor.replaceTensor(bias.id, { data: b.map((value, o) => value + values[o]!) });
  }
  editor.redirect(node.outputs[0]!, before.outputs[0]!);
  editor.removeNode(node.id);
  editor.removeTensor(node.outputs[0]!);
  editor.removeTensor(node.inputs[1]!);
  return editor.finish();
}

import {
  consumersOf,
  elementCount,
  equalShapes,
  type Graph,
  GraphEditor,
  type Node,
  type NodeOf,
  producerOf,
  type Tensor,
  tensorOf,
} from '@kiln/ir';

/**
 * Bytes that are made floats, shifted and scaled by constants become a `standardize`, which takes them as they come and has an
 * integer form: (cast(x) - mean) * factor.
 */
export function recogniseScaler(graph: Graph): Graph {
  for (const mul of graph.nodes) {
    if (mul.op !== 'mul' || mul.attributes.activation !== 'none') continue;
    const sub = onlyBefore(graph, mul);
    if (sub?.op !== 'sub' || sub.attributes.activation !== 'none') continue;
    const cast = onlyBefore(graph, sub);
    if (cast?.op !== 'cast' || tensorOf(graph, cast.inputs[0]!).dtype !== 'uint8') continue;
    const found = rewritten(graph, cast, sub, mul);
    if (found !== null) return found;
  }
  return graph;
}

/** The node before, if nobody else reads its result. */
function onlyBefore(graph: Graph, node: Node): Node | null {
  const [x] = node.inputs;
  return consumersOf(graph, x!).length === 1 && !graph.outputs.includes(x!) ? producerOf(graph, x!) : null;
}

function rewritten(graph: Graph, cast: NodeOf<'cast'>, sub: NodeOf<'sub'>, mul: NodeOf<'mul'>): Graph | null {
  const { shape } = tensorOf(graph, cast.inputs[0]!);
  const constants = [sub, mul].map((node) => spread(tensorOf(graph, node.inputs[1]!), shape));
  if (constants.some((data) => data === null) || !equalShapes(tensorOf(graph, mul.outputs[0]!).shape, shape))
    return null;
  const editor = new GraphEditor(graph);
  const ids = constants.map((data, i) =>
    editor.addTensor({
      name: `${mul.name}/${['mean', 'inverse_deviation'][i]}`,
      shape,
      dtype: 'float32',
      quantization: null,
      data,
    }),
  );
  editor.removeNode(cast.id);
  editor.removeNode(sub.id);
  editor.replaceNode(
    mul.id,
    (kept) => ({ ...kept, op: 'standardize', attributes: {}, inputs: [cast.inputs[0]!, ...ids] }) as Node,
  );
  return editor.finish();
}

/** A constant of the whole shape, of one value, or of one for each of the last dimension, repeated over the shape. */
function spread({ data, shape: own }: Tensor, shape: readonly number[]): Float32Array | null {
  if (!(data instanceof Float32Array) || data.length === 0) return null;
  const count = elementCount(shape);
  const isLast = data.length === shape.at(-1) && own.at(-1) === data.length;
  if (data.length !== count && data.length !== 1 && !isLast) return null;
  return Float32Array.from({ length: count }, (_, i) => data[i % data.length]!);
}

import { type Graph, type Node, subgraphsOf, type Tensor, type TensorId, tensorOf } from '@kiln/ir';

/** A graph without names and ids: two graphs that compute the same in the same order have the same form. */
export function canonicalGraph(graph: Graph): unknown {
  const numbers = new Map<TensorId, number>();
  const numberOf = (id: TensorId): unknown => {
    const tensor = tensorOf(graph, id);
    if (tensor.data !== null) return { ...typeOf(tensor), data: Buffer.from(bytesOf(tensor.data)).toString('hex') };
    if (!numbers.has(id)) numbers.set(id, numbers.size);
    return { number: numbers.get(id), ...typeOf(tensor) };
  };
  const inputs = graph.inputs.map(numberOf);
  const nodes = graph.nodes.map((node) => ({
    op: node.op,
    attributes: attributesOf(node),
    inputs: node.inputs.map(numberOf),
    outputs: node.outputs.map(numberOf),
  }));
  const outputs = graph.outputs.map(numberOf);
  const states = graph.states.map(({ before, after, initial }) =>
    JSON.stringify([numberOf(before), numberOf(after), [...bytesOf(initial)]]),
  );
  return { inputs, nodes, outputs, states: states.sort() };
}

function attributesOf(node: Node): unknown {
  const inner = subgraphsOf(node);
  return inner.length === 0 ? node.attributes : inner.map(canonicalGraph);
}

function typeOf({ shape, dtype, quantization }: Tensor): object {
  if (quantization === null) return { shape, dtype, quantization };
  const { scale, zeroPoint, axis } = quantization;
  // One scale is one scale, along whatever dimension; those of biases that a file leaves out are products, a file's are float32.
  const rounded = scale.map(Math.fround);
  return { shape, dtype, quantization: { scale: rounded, zeroPoint, axis: scale.length === 1 ? null : axis } };
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

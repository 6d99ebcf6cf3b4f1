import type { KilnError } from '@kiln/ir';
import {
  type DType,
  type Graph,
  inputTensors,
  type Node,
  type OpName,
  outputTensors,
  type Shape,
  type Tensor,
  type TensorId,
  tensorOf,
  throwAll,
  UnsupportedError,
} from '@kiln/ir';
import { hasFreeBatch } from '../batch.js';
import { ofType } from './graph-def.js';
import { GraphWriter, type WeightStore } from './graph-writer.js';
import type { NodeSite, NodeWriters } from './node-writer.js';
import { CONVOLUTION_WRITERS } from './write-convolution.js';
import { ELEMENTWISE_WRITERS } from './write-elementwise.js';
import { MOVEMENT_WRITERS } from './write-movement.js';
import { REDUCTION_WRITERS } from './write-reduction.js';

const WRITERS: NodeWriters = {
  ...CONVOLUTION_WRITERS,
  ...ELEMENTWISE_WRITERS,
  ...MOVEMENT_WRITERS,
  ...REDUCTION_WRITERS,
};

/** An input or output of a written graph. */
export interface GraphPort {
  /** The node, whose first result it is. */
  readonly name: string;
  readonly dtype: DType;
  /** With -1 for a free batch. */
  readonly shape: Shape;
}

export interface WrittenGraph {
  readonly writer: GraphWriter;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

/**
 * Writes a float network as nodes of TensorFlow. Inputs are placeholders under their own names, outputs are called `output`,
 * of several `output_0`, `output_1` and so on. The batch is free where no operator looks across it.
 *
 * Errors: UnsupportedError for each node that TensorFlow has nothing for.
 */
export function writeGraph(graph: Graph, store: WeightStore): WrittenGraph {
  checkOperators(graph);
  const writer = new GraphWriter(hasFreeBatch(graph) ? -1 : 1, store);
  const names = new Map<TensorId, string>();
  const port = ({ dtype, shape }: Tensor, name: string): GraphPort => ({ name, dtype, shape: writer.batched(shape) });
  const inputs = graph.inputs.map((id) => {
    const tensor = tensorOf(graph, id);
    const name = writer.placeholder(tensor.name, tensor.dtype, writer.batched(tensor.shape));
    names.set(id, name);
    return port(tensor, name);
  });
  const errors: KilnError[] = [];
  for (const node of graph.nodes) {
    try {
      writeNode(graph, node, names, writer);
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      errors.push(error);
      node.outputs.forEach((id) => names.set(id, 'missing'));
    }
  }
  throwAll(errors);
  const outputs = graph.outputs.map((id, i) => {
    const tensor = tensorOf(graph, id);
    const name = graph.outputs.length === 1 ? 'output' : `output_${i}`;
    return port(tensor, writer.node('Identity', name, [nameOf(tensor, names, writer)], { T: ofType(tensor.dtype) }));
  });
  return { writer, inputs, outputs };
}

function checkOperators(graph: Graph): void {
  const known = Object.keys(WRITERS).sort().join(', ');
  const missing = graph.nodes.filter(({ op }) => WRITERS[op] === undefined);
  const states = graph.states.map(
    ({ name }) =>
      new UnsupportedError(
        'E-TENSORFLOW-STATE',
        `state '${name}'`,
        'is left by one run to the next, which graphs of TensorFlow are not written with here',
        'Export to tflite',
      ),
  );
  throwAll([
    ...states,
    ...missing.map(
      ({ name, op }) =>
        new UnsupportedError(
          'E-TENSORFLOW-OPERATOR',
          `node '${name}'`,
          `is a ${op}, which TensorFlow has no operator for; expected one of ${known}`,
          op === 'quantize' || op === 'dequantize' ? 'Export the float network' : 'Export to tflite',
        ),
    ),
  ]);
}

function writeNode(graph: Graph, node: Node, names: Map<TensorId, string>, writer: GraphWriter): void {
  const inputs = inputTensors(graph, node);
  const site = {
    node,
    inputs,
    outputs: outputTensors(graph, node),
    read: (i: number) => nameOf(inputs[i]!, names, writer),
    writer,
  };
  // The pair fits by construction, which the type system cannot follow through the union.
  const write = WRITERS[node.op] as (some: NodeSite<OpName>) => readonly string[];
  write(site as NodeSite<OpName>).forEach((name, i) => names.set(node.outputs[i]!, name));
}

/** A constant is written when it is first read, once. */
function nameOf(tensor: Tensor, names: Map<TensorId, string>, writer: GraphWriter): string {
  const known = names.get(tensor.id);
  if (known !== undefined) return known;
  const name = writer.tensor(tensor);
  names.set(tensor.id, name);
  return name;
}

import {
  consumersOf,
  type Graph,
  type KilnError,
  type OpName,
  type Tensor,
  type TensorId,
  tensorOf,
  throwAll,
  UnsupportedError,
} from '@kiln/ir';
import type { ModelWriter as Writer } from '../../model-writer.js';
import { PLAIN_BYTES } from '../plain-bytes.js';
import { writeTfliteTables } from '../schema/write-table.js';
import { CONVOLUTION_WRITERS } from './convolution.js';
import { ELEMENTWISE_WRITERS } from './elementwise.js';
import { MEMORY_WRITERS } from './memory.js';
import { ModelWriter } from './model-writer.js';
import { MOVEMENT_WRITERS } from './movement.js';
import { NodeContext, type NodeWriters } from './node-context.js';
import { REDUCTION_WRITERS } from './reduction.js';
import { beginStates, endStates, ownedStates, signatureOf } from './states.js';
import { SubgraphWriter } from './subgraph-writer.js';

const NODE_WRITERS: NodeWriters<OpName> = {
  ...CONVOLUTION_WRITERS,
  ...ELEMENTWISE_WRITERS,
  ...MEMORY_WRITERS,
  ...MOVEMENT_WRITERS,
  ...REDUCTION_WRITERS,
};

/**
 * A TensorFlow Lite model, float or quantized: the graph's integers, scales and zero points as they are. States are variables,
 * or the own memory of the operator that alone has them.
 *
 * Source: the TensorFlow Lite schema, version 3.
 */
export const tflite: Writer = {
  format: 'tflite',
  summary: 'a TensorFlow Lite model (.tflite), in the numbers of --quantize',
  kind: 'file',
  numbers: 'any',
  write(graph: Graph) {
    const problems: KilnError[] = [];
    const model = new ModelWriter();
    const writer = writeMain(graph, model, problems);
    throwAll(problems);
    return [{ path: '', contents: writeTfliteTables(model.tables(signatureOf(graph, writer))) }];
  },
};

function writeMain(graph: Graph, model: ModelWriter, problems: KilnError[]): SubgraphWriter {
  const writer = new SubgraphWriter(model);
  const index = model.reserve();
  const owned = ownedStates(graph);
  const inputs = graph.inputs.map((id) => writer.tensor(inputOf(graph, id)));
  const states = beginStates(graph, owned, writer);
  writeNodes(graph, writer, owned, problems);
  endStates(graph, states, writer);
  const outputs = graph.outputs.map((id) => writer.tensor(tensorOf(graph, id)));
  writer.finish(index, 'main', inputs, outputs);
  return writer;
}

/** Bytes without a scale that are read as floats alone stand for themselves, which the file says by a scale of 1. */
function inputOf(graph: Graph, id: TensorId): Tensor {
  const tensor = tensorOf(graph, id);
  const readers = consumersOf(graph, id);
  const asFloats = readers.every((node) => {
    const isCast = node.op === 'cast' || node.op === 'standardize';
    return isCast && tensorOf(graph, node.outputs[0]!).dtype === 'float32';
  });
  const isPlain = tensor.dtype === 'uint8' && tensor.quantization === null && readers.length > 0 && asFloats;
  return isPlain && !graph.outputs.includes(id) ? { ...tensor, quantization: PLAIN_BYTES } : tensor;
}

/** A graph within another, as a subgraph. It has no states. */
function writeInner(graph: Graph, model: ModelWriter, problems: KilnError[]): number {
  const index = model.reserve();
  const writer = new SubgraphWriter(model);
  const inputs = graph.inputs.map((id) => writer.tensor(tensorOf(graph, id)));
  writeNodes(graph, writer, new Set(), problems);
  const outputs = graph.outputs.map((id) => writer.tensor(tensorOf(graph, id)));
  writer.finish(index, graph.name, inputs, outputs);
  return index;
}

/** What is wrong with a node goes to `problems`: the others are looked at too. */
function writeNodes(
  graph: Graph,
  writer: SubgraphWriter,
  owned: ReadonlySet<TensorId>,
  problems: KilnError[],
): void {
  for (const node of graph.nodes) {
    // The pair fits by construction, which the type system cannot follow through the union.
    const write = NODE_WRITERS[node.op] as (context: NodeContext) => void;
    try {
      const inner = (other: Graph): number => writeInner(other, writer.model, problems);
      write(new NodeContext<OpName>(node as never, writer, graph, owned, inner));
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      problems.push(error);
    }
  }
}

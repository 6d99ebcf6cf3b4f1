import {
  type DType,
  type Graph,
  inputTensors,
  type KilnError,
  type Node,
  type OpName,
  outputTensors,
  type Tensor,
  tensorOf,
  throwAll,
  UnsupportedError,
} from '@kiln/ir';
import { hasFreeBatch } from '../../batch.js';
import type { ModelWriter } from '../../model-writer.js';
import { DATA_TYPE, encodeModel, type ValueInfoProto } from '../proto.js';
import { CONVOLUTION_WRITERS } from './convolution.js';
import { ELEMENTWISE_WRITERS } from './elementwise.js';
import { OnnxWriter, type WrittenValues } from './graph-writer.js';
import { MOVEMENT_WRITERS } from './movement.js';
import { NodeSite, type NodeWriters } from './node-site.js';

const WRITERS: NodeWriters = { ...CONVOLUTION_WRITERS, ...ELEMENTWISE_WRITERS, ...MOVEMENT_WRITERS };

/** Version 13 has scales for each channel, 21 integers of 16 bits; the format's version is that of the same release. */
const OPSETS = { usual: { opset: 13, version: 7 }, wide: { opset: 21, version: 10 } } as const;

/**
 * ONNX for onnxruntime and others. Inputs stay in the network's own order, channels last; between them channels stand first, as
 * the operators want them. Integers with a scale are written as QuantizeLinear and DequantizeLinear around the operators:
 * inputs and outputs of such a network are the reals that the integers stand for.
 */
export const onnx: ModelWriter = {
  format: 'onnx',
  summary: 'an ONNX model, float32 or with QuantizeLinear and DequantizeLinear',
  kind: 'file',
  numbers: 'any',
  write(graph: Graph) {
    checkOperators(graph);
    const isWide = [...graph.tensors.values()].some(
      ({ dtype, quantization }) => dtype === 'int16' && quantization !== null,
    );
    const { opset, version } = isWide ? OPSETS.wide : OPSETS.usual;
    const writer = new OnnxWriter(hasFreeBatch(graph) ? -1 : 1, opset);
    const values: WrittenValues = new Map();
    const input = graph.inputs.map((id) => addInput(writer, values, tensorOf(graph, id)));
    throwAll(graph.nodes.flatMap((node) => writeNode(graph, node, values, writer)));
    const output = graph.outputs.map((id, i) => {
      const tensor = tensorOf(graph, id);
      const name = writer.unique(graph.outputs.length === 1 ? 'output' : `output_${i}`);
      const site = new NodeSite(identity(name), [tensor], [tensor], writer, values);
      writer.nodes.push({ input: [site.read(0)], output: [name], name, op_type: 'Identity', attribute: [] });
      return port(writer, tensor, name);
    });
    const model = {
      ir_version: version,
      producer_name: 'kiln',
      opset_import: [{ domain: '', version: opset }],
      graph: { name: graph.name || 'network', node: writer.nodes, initializer: writer.constants, input, output },
    };
    return [{ path: '', contents: encodeModel(model) }];
  },
};

/** What an output is read through. */
const identity = (name: string): Extract<Node, { op: 'copy' }> => ({
  id: -1 as Node['id'],
  op: 'copy',
  name,
  attributes: {},
  inputs: [],
  outputs: [],
});

/** Reals where the network takes integers with a scale. */
function addInput(writer: OnnxWriter, values: WrittenValues, tensor: Tensor): ValueInfoProto {
  const name = writer.unique(tensor.name);
  const value = tensor.quantization === null ? name : writer.rounded(name, tensor);
  values.set(tensor.id, { name: value, order: 'channelsLast' });
  return port(writer, tensor, name);
}

function port(writer: OnnxWriter, { shape, dtype, quantization }: Tensor, name: string): ValueInfoProto {
  const dim = writer.batched(shape).map((size) => (size === -1 ? { dim_param: 'N' } : { dim_value: size }));
  const elem_type = DATA_TYPE[quantization === null ? dtype : 'float32'];
  return { name, type: { tensor_type: { elem_type, shape: { dim } } } };
}

/** What QuantizeLinear makes. */
const ROUNDED: readonly DType[] = ['int8', 'uint8', 'int16'];

function checkOperators(graph: Graph): void {
  const known = Object.keys(WRITERS).sort().join(', ');
  const states = graph.states.map(({ name }) => {
    const message = 'is left by one run to the next, which ONNX has nothing for';
    return new UnsupportedError('E-ONNX-STATE', `state '${name}'`, message, 'Export to tflite');
  });
  const missing = graph.nodes.filter(({ op }) => WRITERS[op] === undefined);
  // Integers of 32 bits with a scale are known as constants alone: biases.
  const wide = [...graph.tensors.values()].filter(
    ({ data, dtype, quantization }) => data === null && quantization !== null && !ROUNDED.includes(dtype),
  );
  throwAll([
    ...states,
    ...wide.map(({ name, dtype }) => {
      const message = `is ${dtype} with a scale, expected ${ROUNDED.join(', ')}`;
      return new UnsupportedError('E-ONNX-WIDE', `tensor '${name}'`, message, 'Export to tflite');
    }),
    ...missing.map(({ name, op }) => {
      const message = `is a ${op}, which is not written as ONNX; expected one of ${known}`;
      return new UnsupportedError('E-ONNX-WRITE', `node '${name}'`, message, 'Export to tflite');
    }),
  ]);
}

function writeNode(graph: Graph, node: Node, values: WrittenValues, writer: OnnxWriter): readonly KilnError[] {
  const outputs = outputTensors(graph, node);
  const site = new NodeSite(node, inputTensors(graph, node), outputs, writer, values);
  // The pair fits by construction, which the type system cannot follow through the union.
  const write = WRITERS[node.op] as (some: NodeSite<OpName>) => readonly { name: string; order: 'channelsLast' }[];
  try {
    write(site as NodeSite<OpName>).forEach(({ name, order }, i) => {
      const tensor = outputs[i]!;
      const rounded = tensor.quantization !== null;
      values.set(tensor.id, { name: rounded ? writer.rounded(name, tensor) : name, order });
    });
    return [];
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    outputs.forEach(({ id }) => values.set(id, { name: 'missing', order: 'channelsLast' }));
    return [error];
  }
}

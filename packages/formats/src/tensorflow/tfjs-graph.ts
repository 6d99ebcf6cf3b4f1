import type { Graph } from '@kiln/ir';
import type { ModelWriter } from '../model-writer.js';
import { type AttrValue, type NodeDef, VERSIONS } from './graph-def.js';
import { asConstants } from './frozen-graph.js';
import { DATA_TYPE } from './proto.js';
import { writeGraph } from './write-graph.js';

const WEIGHTS_FILE = 'weights.bin';
const DTYPE_OF: Readonly<Record<number, string>> = {
  [DATA_TYPE.float32]: 'float32',
  [DATA_TYPE.int32]: 'int32',
  [DATA_TYPE.bool]: 'bool',
};

/**
 * A graph model of TensorFlow.js: the frozen graph as JSON, the values of its constants in a file of their own.
 *
 * Source: tfjs-converter 4.22, `data/compiled_api.ts` and `operations/operation_mapper.ts`.
 */
export const tfjsGraph: ModelWriter = {
  format: 'tfjs-graph',
  summary: 'a graph model of TensorFlow.js, for tf.loadGraphModel',
  kind: 'folder',
  numbers: 'float',
  write(graph: Graph) {
    const { nodes } = writeGraph(graph, asConstants).writer;
    const constants = nodes.flatMap(({ name, attr: { value } }) =>
      value !== undefined && 'tensor' in value ? [{ name, tensor: value.tensor }] : [],
    );
    const weights = constants.map(({ name, tensor: { dtype, tensor_shape } }) => ({
      name,
      shape: tensor_shape.dim.map(({ size }) => size),
      dtype: DTYPE_OF[dtype],
    }));
    const network = {
      format: 'graph-model',
      generatedBy: 'Kiln',
      convertedBy: null,
      modelTopology: { node: nodes.map(nodeJson), versions: { producer: VERSIONS.producer } },
      weightsManifest: [{ paths: [WEIGHTS_FILE], weights }],
    };
    return [
      { path: 'model.json', contents: `${JSON.stringify(network, null, 2)}\n` },
      { path: WEIGHTS_FILE, contents: Buffer.concat(constants.map(({ tensor }) => tensor.tensor_content!)) },
    ];
  },
};

function nodeJson({ name, op, input, attr }: NodeDef) {
  const attributes = Object.entries(attr).flatMap(([key, value]) =>
    op === 'Const' && key === 'value' ? [] : [[key, attributeJson(value)] as const],
  );
  return { name, op, input, attr: Object.fromEntries(attributes) };
}

/** As protobuf's JSON has it: bytes in base 64, enums by their names, 64-bit integers as text. */
function attributeJson(value: AttrValue): object {
  if ('s' in value) return { s: Buffer.from(value.s).toString('base64') };
  if ('type' in value) return { type: typeName(value.type) };
  if ('i' in value) return { i: String(value.i) };
  if ('list' in value) return { list: { i: (value.list.i ?? []).map(String) } };
  if ('shape' in value) return { shape: { dim: value.shape.dim.map(({ size }) => ({ size: String(size) })) } };
  return value;
}

function typeName(type: number): string {
  const name = Object.entries(DATA_TYPE).find(([, number]) => number === type)![0];
  return `DT_${name === 'float32' ? 'FLOAT' : name.toUpperCase()}`;
}

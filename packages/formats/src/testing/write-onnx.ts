import type { DType, Shape, TensorData } from '@kiln/ir';
import { ATTRIBUTE_TYPE, type AttributeProto, DATA_TYPE, encodeModel } from '../onnx/proto.js';

/** A node of a model for tests; numbers that are whole are integers. */
export interface OnnxNodePlan {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>;
}

export interface OnnxPlan {
  /** 17 where it is left out. */
  readonly opset?: number;
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly nodes: readonly OnnxNodePlan[];
  readonly constants?: Readonly<Record<string, readonly [shape: Shape, data: TensorData]>>;
  readonly outputs: readonly string[];
}

function typeOf(data: TensorData): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Int16Array) return 'int16';
  return data instanceof Int32Array ? 'int32' : 'uint8';
}

function attribute([name, value]: readonly [
  string,
  number | string | readonly number[] | { readonly float: number },
]): AttributeProto {
  if (typeof value === 'number') return { name, type: ATTRIBUTE_TYPE.int, i: value };
  if (typeof value === 'string') return { name, type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: ATTRIBUTE_TYPE.float, f: value.float };
  return { name, type: ATTRIBUTE_TYPE.ints, ints: value };
}

const port = (name: string, shape?: Shape) => ({
  name,
  type: {
    tensor_type: {
      elem_type: DATA_TYPE.float32,
      ...(shape === undefined ? {} : { shape: { dim: shape.map((size) => ({ dim_value: size })) } }),
    },
  },
});

/** The bytes of a float network. */
export function onnxFile({ opset = 17, inputs, nodes, constants = {}, outputs }: OnnxPlan): Uint8Array {
  return encodeModel({
    ir_version: 8,
    opset_import: [{ domain: '', version: opset }],
    graph: {
      name: 'test',
      node: nodes.map((node, i) => ({
        input: node.inputs,
        output: node.outputs,
        name: `/layer${i}/${node.op}`,
        op_type: node.op,
        attribute: Object.entries(node.attributes ?? {}).map(attribute),
      })),
      initializer: Object.entries(constants).map(([name, [dims, data]]) => ({
        name,
        dims,
        data_type: DATA_TYPE[typeOf(data)],
        raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      })),
      input: Object.entries(inputs).map(([name, shape]) => port(name, shape)),
      output: outputs.map((name) => port(name)),
    },
  });
}

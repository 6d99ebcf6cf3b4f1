import { DataError } from '@kiln/ir';
import { decodeMessage } from '../proto.js';

/** A node's attribute: the one field that it has. */
export interface Attribute {
  readonly s?: string;
  readonly i?: number;
  readonly f?: number;
  readonly b?: boolean;
  /** Number of a `DataType`. */
  readonly type?: number;
  /** Sizes, -1 for one that is not known; null where not even their number is. */
  readonly shape?: readonly number[] | null;
  readonly tensor?: TensorDef;
  readonly list?: { readonly s: readonly string[]; readonly i: readonly number[]; readonly type: readonly number[] };
  /** Name of a function. */
  readonly func?: string;
}

/** A constant as the file has it: all bytes, or values of which the last stands for all that follow. */
export interface TensorDef {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly content: Uint8Array;
  readonly values: readonly (number | string | boolean)[];
}

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface FunctionDef {
  readonly inputs: readonly string[];
  readonly nodes: readonly NodeDef[];
  /** For each result, in order, its name and what it is within the function. */
  readonly outputs: readonly { readonly name: string; readonly value: string }[];
}

/** A GraphDef, whatever file it came from. */
export interface NetworkDef {
  readonly nodes: readonly NodeDef[];
  readonly functions: ReadonlyMap<string, FunctionDef>;
}

/** Decodes a message; whatever is wrong with its bytes becomes one error. */
export function decodeOrRefuse(name: string, bytes: Uint8Array, where: string): unknown {
  try {
    return decodeMessage(name, bytes);
  } catch (cause) {
    const message = `is damaged: no ${name} of TensorFlow (${(cause as Error).message})`;
    throw new DataError('E-GRAPHDEF-DAMAGED', where, message, 'Save or copy the model again', { cause });
  }
}

interface RawShape {
  readonly dim: readonly { readonly size?: number }[];
  readonly unknown_rank?: boolean;
}

interface RawTensor {
  readonly dtype?: number;
  readonly tensor_shape?: RawShape;
  readonly tensor_content?: Uint8Array;
  readonly [values: `${string}_val`]: readonly (number | boolean | Uint8Array)[];
}

interface RawAttribute {
  readonly s?: Uint8Array;
  readonly i?: number;
  readonly f?: number;
  readonly b?: boolean;
  readonly type?: number;
  readonly shape?: RawShape;
  readonly tensor?: RawTensor;
  readonly list?: {
    readonly s: readonly Uint8Array[];
    readonly i: readonly number[];
    readonly type: readonly number[];
  };
  readonly func?: { readonly name?: string };
}

interface RawNode {
  readonly name?: string;
  readonly op?: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, RawAttribute>>;
}

/** A decoded GraphDef, as protobuf's plain object. */
export interface RawGraph {
  readonly node: readonly RawNode[];
  readonly library?: {
    readonly function: readonly {
      readonly signature?: {
        readonly name?: string;
        readonly input_arg: readonly { readonly name?: string }[];
        readonly output_arg: readonly { readonly name?: string }[];
      };
      readonly node_def: readonly RawNode[];
      readonly ret: Readonly<Record<string, string>>;
    }[];
  };
}

/** The network that a decoded GraphDef holds. */
export function networkOf(graph: RawGraph): NetworkDef {
  const functions = (graph.library?.function ?? []).map(({ signature, node_def, ret }) => {
    const returned = new Map(Object.entries(ret));
    const outputs = (signature?.output_arg ?? []).map(({ name = '' }) => ({ name, value: returned.get(name) ?? '' }));
    const inputs = (signature?.input_arg ?? []).map(({ name = '' }) => name);
    return [signature?.name ?? '', { inputs, nodes: node_def.map(nodeOf), outputs }] as const;
  });
  return { nodes: graph.node.map(nodeOf), functions: new Map(functions) };
}

function nodeOf({ name = '', op = '', input, attr }: RawNode): NodeDef {
  const attributes = Object.entries(attr).map(([key, value]) => [key, attributeOf(value)] as const);
  return { name, op, inputs: input, attributes: new Map(attributes) };
}

function attributeOf({ s, shape, tensor, list, func, ...plain }: RawAttribute): Attribute {
  return {
    ...plain,
    ...(s === undefined ? {} : { s: textOf(s) }),
    ...(shape === undefined ? {} : { shape: shape.unknown_rank === true ? null : sizesOf(shape) }),
    ...(tensor === undefined ? {} : { tensor: tensorOf(tensor) }),
    ...(list === undefined ? {} : { list: { s: list.s.map(textOf), i: list.i, type: list.type } }),
    ...(func === undefined ? {} : { func: func.name ?? '' }),
  };
}

function tensorOf(tensor: RawTensor): TensorDef {
  const values = ['float', 'double', 'int', 'int64', 'bool', 'half', 'string']
    .map((kind) => tensor[`${kind}_val`] ?? [])
    .find((list) => list.length > 0);
  return {
    dtype: tensor.dtype ?? 0,
    shape: sizesOf(tensor.tensor_shape),
    content: tensor.tensor_content ?? new Uint8Array(0),
    values: (values ?? []).map((value) => (value instanceof Uint8Array ? textOf(value) : value)),
  };
}

/** A size of 0 is left out of the file. */
export function sizesOf(shape: RawShape | undefined): number[] {
  return (shape?.dim ?? []).map(({ size = 0 }) => size);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

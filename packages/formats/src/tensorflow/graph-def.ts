import { type DType, elementCount, type Shape, type TensorData } from '@kiln/ir';
import { DATA_TYPE } from './proto.js';

export type DataTypeName = keyof typeof DATA_TYPE;

/** One value of a node's attributes, as protobuf's JSON has it. */
export type AttrValue =
  | { readonly type: number }
  | { readonly i: number }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly s: Uint8Array }
  | { readonly shape: ShapeProto }
  | { readonly tensor: TensorProto }
  | { readonly list: { readonly i?: readonly number[]; readonly type?: readonly number[] } };

export interface ShapeProto {
  readonly dim: readonly { readonly size: number }[];
}

export interface TensorProto {
  readonly dtype: number;
  readonly tensor_shape: ShapeProto;
  readonly tensor_content?: Uint8Array;
  readonly string_val?: readonly Uint8Array[];
}

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, AttrValue>>;
}

/** Version 1087 of the graph's format is that of TensorFlow 2.4; all that is written here is older. */
export const VERSIONS = { producer: 1087, min_consumer: 12 } as const;

export const ofType = (name: DataTypeName): AttrValue => ({ type: DATA_TYPE[name] });
export const ofInt = (i: number): AttrValue => ({ i });
export const ofFloat = (f: number): AttrValue => ({ f });
export const ofBool = (b: boolean): AttrValue => ({ b });
export const ofText = (text: string): AttrValue => ({ s: new TextEncoder().encode(text) });
export const ofInts = (i: readonly number[]): AttrValue => ({ list: { i } });
export const ofShape = (shape: Shape): AttrValue => ({ shape: shapeProto(shape) });

/** A shape; -1 stands for a size that is not known. */
export function shapeProto(shape: Shape): ShapeProto {
  return { dim: shape.map((size) => ({ size })) };
}

/** A constant, row-major, little-endian. */
export function tensorProto(dtype: DType, shape: Shape, data: TensorData): TensorProto {
  const content = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data.length !== elementCount(shape)) throw new RangeError(`${data.length} elements for [${shape.join(', ')}]`);
  return { dtype: DATA_TYPE[dtype], tensor_shape: shapeProto(shape), tensor_content: content };
}

export function textTensor(texts: readonly string[], shape: Shape): TensorProto {
  const string_val = texts.map((text) => new TextEncoder().encode(text));
  return { dtype: DATA_TYPE.string, tensor_shape: shapeProto(shape), string_val };
}

import protobuf from 'protobufjs';

/**
 * The parts of ONNX's messages that Kiln reads and writes.
 *
 * Source: onnx/onnx.proto of ONNX 1.23. Lists of numbers may come packed or not.
 */
const SCHEMA = `
syntax = "proto3";
package onnx;

message ModelProto {
  int64 ir_version = 1;
  string producer_name = 2;
  string producer_version = 3;
  string domain = 4;
  int64 model_version = 5;
  string doc_string = 6;
  GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
}
message OperatorSetIdProto { string domain = 1; int64 version = 2; }
message GraphProto {
  repeated NodeProto node = 1;
  string name = 2;
  repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11;
  repeated ValueInfoProto output = 12;
  repeated SparseTensorProto sparse_initializer = 15;
}
message SparseTensorProto { TensorProto values = 1; }
message NodeProto {
  repeated string input = 1;
  repeated string output = 2;
  string name = 3;
  string op_type = 4;
  repeated AttributeProto attribute = 5;
  string domain = 7;
}
message AttributeProto {
  string name = 1;
  float f = 2;
  int64 i = 3;
  bytes s = 4;
  TensorProto t = 5;
  repeated float floats = 7;
  repeated int64 ints = 8;
  int32 type = 20;
}
message ValueInfoProto { string name = 1; TypeProto type = 2; }
message TypeProto {
  message Tensor { int32 elem_type = 1; TensorShapeProto shape = 2; }
  Tensor tensor_type = 1;
}
message TensorShapeProto {
  message Dimension {
    oneof value { int64 dim_value = 1; string dim_param = 2; }
  }
  repeated Dimension dim = 1;
}
message TensorProto {
  repeated int64 dims = 1;
  int32 data_type = 2;
  repeated float float_data = 4;
  repeated int32 int32_data = 5;
  repeated int64 int64_data = 7;
  string name = 8;
  bytes raw_data = 9;
  repeated double double_data = 10;
  repeated StringStringEntryProto external_data = 13;
  int32 data_location = 14;
}
message StringStringEntryProto { string key = 1; string value = 2; }
`;

const { root } = protobuf.parse(SCHEMA, { keepCase: true });
const MODEL = root.lookupType('onnx.ModelProto');

/** A number of 64 bits, which comes as an object where it may be too great for a double. */
export type Int64 = number | { toNumber(): number };

export interface TensorProto {
  readonly dims?: readonly Int64[];
  readonly data_type?: number;
  readonly float_data?: readonly number[];
  readonly int32_data?: readonly number[];
  readonly int64_data?: readonly Int64[];
  readonly double_data?: readonly number[];
  readonly name?: string;
  readonly raw_data?: Uint8Array;
  readonly external_data?: readonly unknown[];
  readonly data_location?: number;
}

/** `type` says which of the fields counts: see `ATTRIBUTE_TYPE`. */
export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: Int64;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly floats?: readonly number[];
  readonly ints?: readonly Int64[];
}

export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly op_type: string;
  readonly domain?: string;
  readonly attribute: readonly AttributeProto[];
}

export interface DimensionProto {
  readonly dim_value?: Int64;
  readonly dim_param?: string;
  /** Which of the two is there; only in what was read. */
  readonly value?: 'dim_value' | 'dim_param';
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type?: {
    readonly tensor_type?: {
      readonly elem_type: number;
      readonly shape?: { readonly dim: readonly DimensionProto[] } | null;
    } | null;
  } | null;
}

export interface ModelProto {
  readonly ir_version: Int64;
  readonly producer_name?: string;
  readonly opset_import: readonly { readonly domain: string; readonly version: Int64 }[];
  readonly graph?: {
    readonly name: string;
    readonly node: readonly NodeProto[];
    readonly initializer: readonly TensorProto[];
    readonly sparse_initializer?: readonly unknown[];
    readonly input: readonly ValueInfoProto[];
    readonly output: readonly ValueInfoProto[];
  } | null;
}

/** Source: AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

/** Source: TensorProto.DataType. */
export const DATA_TYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** Errors: whatever the library throws for bytes that are no such message. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return MODEL.decode(bytes) as unknown as ModelProto;
}

/** The bytes of a model; fields in the order of their numbers. */
export function encodeModel(model: ModelProto): Uint8Array {
  return MODEL.encode(MODEL.fromObject(model)).finish();
}

export function asNumber(value: Int64): number {
  return typeof value === 'number' ? value : value.toNumber();
}

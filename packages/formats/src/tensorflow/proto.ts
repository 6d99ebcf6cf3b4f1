import protobuf from 'protobufjs';

/**
 * The parts of TensorFlow's messages that Kiln writes and reads.
 *
 * Source: tensorflow/core/framework/{graph,function,op_def,node_def,attr_value,tensor,tensor_shape,versions}.proto and
 * tensorflow/core/protobuf/{saved_model,meta_graph,saver,tensor_bundle}.proto of TensorFlow 2.21.
 */
const SCHEMA = `
syntax = "proto3";
package tensorflow;

message GraphDef {
  repeated NodeDef node = 1;
  FunctionDefLibrary library = 2;
  VersionDef versions = 4;
}
message FunctionDefLibrary { repeated FunctionDef function = 1; }
message FunctionDef {
  OpDef signature = 1;
  repeated NodeDef node_def = 3;
  map<string, string> ret = 4;
}
message OpDef {
  message ArgDef { string name = 1; int32 type = 3; }
  string name = 1;
  repeated ArgDef input_arg = 2;
  repeated ArgDef output_arg = 3;
}
message NameAttrList { string name = 1; }
message VersionDef { int32 producer = 1; int32 min_consumer = 2; }
message NodeDef {
  string name = 1;
  string op = 2;
  repeated string input = 3;
  map<string, AttrValue> attr = 5;
}
message AttrValue {
  message ListValue { repeated bytes s = 2; repeated int64 i = 3; repeated float f = 4; repeated int32 type = 6; }
  oneof value {
    ListValue list = 1;
    bytes s = 2;
    int64 i = 3;
    float f = 4;
    bool b = 5;
    int32 type = 6;
    TensorShapeProto shape = 7;
    TensorProto tensor = 8;
    NameAttrList func = 10;
  }
}
message TensorShapeProto {
  message Dim { int64 size = 1; }
  repeated Dim dim = 2;
  bool unknown_rank = 3;
}
message TensorProto {
  int32 dtype = 1;
  TensorShapeProto tensor_shape = 2;
  bytes tensor_content = 4;
  repeated float float_val = 5;
  repeated double double_val = 6;
  repeated int32 int_val = 7;
  repeated bytes string_val = 8;
  repeated int64 int64_val = 10;
  repeated bool bool_val = 11;
  repeated int32 half_val = 13;
}

message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
message MetaGraphDef {
  message MetaInfoDef { repeated string tags = 4; string tensorflow_version = 5; }
  MetaInfoDef meta_info_def = 1;
  GraphDef graph_def = 2;
  SaverDef saver_def = 3;
  map<string, CollectionDef> collection_def = 4;
  map<string, SignatureDef> signature_def = 5;
}
message SaverDef {
  string filename_tensor_name = 1;
  string save_tensor_name = 2;
  string restore_op_name = 3;
  int32 max_to_keep = 4;
  int32 version = 7;
}
message CollectionDef {
  message BytesList { repeated bytes value = 1; }
  BytesList bytes_list = 2;
}
message VariableDef {
  string variable_name = 1;
  string initializer_name = 2;
  string snapshot_name = 3;
  bool is_resource = 5;
  string initial_value_name = 6;
  bool trainable = 7;
}
message SignatureDef {
  map<string, TensorInfo> inputs = 1;
  map<string, TensorInfo> outputs = 2;
  string method_name = 3;
}
message TensorInfo { string name = 1; int32 dtype = 2; TensorShapeProto tensor_shape = 3; }

message BundleHeaderProto { int32 num_shards = 1; int32 endianness = 2; VersionDef version = 3; }
message BundleEntryProto {
  int32 dtype = 1;
  TensorShapeProto shape = 2;
  int32 shard_id = 3;
  int64 offset = 4;
  int64 size = 5;
  fixed32 crc32c = 6;
  repeated TensorSliceProto slices = 7;
}
message TensorSliceProto { }
`;

const { root } = protobuf.parse(SCHEMA, { keepCase: true });

/** Number of each dtype in `DataType`. Source: tensorflow/core/framework/types.proto. */
export const DATA_TYPE = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int16: 5,
  int8: 6,
  string: 7,
  int64: 9,
  bool: 10,
  float16: 19,
  resource: 20,
} as const;

/** The bytes of a message; fields in the order of their numbers, maps in that of their keys' insertion. */
export function encodeMessage(name: string, message: object): Uint8Array {
  const type = root.lookupType(`tensorflow.${name}`);
  return type.encode(type.fromObject(message)).finish();
}

/**
 * A message as a plain object: absent fields are left out, repeated ones and maps are empty, 64-bit integers are numbers.
 *
 * Errors: whatever the library throws at bytes that are no such message.
 */
export function decodeMessage(name: string, bytes: Uint8Array): unknown {
  const type = root.lookupType(`tensorflow.${name}`);
  return type.toObject(type.decode(bytes), { longs: Number, arrays: true, objects: true });
}

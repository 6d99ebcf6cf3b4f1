import type { DType, TensorData } from '@kiln/ir';

/** The C type of one element. Also the name of the arena's member of that type. */
export const C_TYPE: Readonly<Record<DType, string>> = {
  float32: 'float',
  int8: 'int8_t',
  uint8: 'uint8_t',
  int16: 'int16_t',
  int32: 'int32_t',
  int64: 'int64_t',
  bool: 'uint8_t',
};

/** The C type of a table's elements. */
export function cTypeOf(values: TensorData): string {
  if (values instanceof Float32Array) return C_TYPE.float32;
  if (values instanceof Int8Array) return C_TYPE.int8;
  if (values instanceof Uint8Array) return C_TYPE.uint8;
  if (values instanceof Int16Array) return C_TYPE.int16;
  return values instanceof Int32Array ? C_TYPE.int32 : C_TYPE.int64;
}

import { allocate, type DType, elementCount, type Shape, type TensorData } from '@kiln/ir';
import { asNumber, DATA_TYPE, type TensorProto } from './proto.js';

/** What values of a type of the file become here, and the bytes of one in the file. */
interface FileType {
  readonly name: string;
  readonly dtype: DType;
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number | bigint;
}

const fileTypes: Readonly<Record<number, FileType>> = {
  [DATA_TYPE.float32]: type('FLOAT', 'float32', 4, (view, at) => view.getFloat32(at, true)),
  [DATA_TYPE.float64]: type('DOUBLE', 'float32', 8, (view, at) => view.getFloat64(at, true)),
  [DATA_TYPE.float16]: type('FLOAT16', 'float32', 2, (view, at) => float16(view.getUint16(at, true))),
  [DATA_TYPE.bfloat16]: type('BFLOAT16', 'float32', 2, (view, at) => bfloat16(view.getUint16(at, true))),
  [DATA_TYPE.int8]: type('INT8', 'int8', 1, (view, at) => view.getInt8(at)),
  [DATA_TYPE.uint8]: type('UINT8', 'uint8', 1, (view, at) => view.getUint8(at)),
  [DATA_TYPE.int16]: type('INT16', 'int16', 2, (view, at) => view.getInt16(at, true)),
  [DATA_TYPE.int32]: type('INT32', 'int32', 4, (view, at) => view.getInt32(at, true)),
  [DATA_TYPE.int64]: type('INT64', 'int64', 8, (view, at) => view.getBigInt64(at, true)),
  [DATA_TYPE.bool]: type('BOOL', 'bool', 1, (view, at) => view.getUint8(at)),
};

function type(name: string, dtype: DType, bytes: number, read: FileType['read']): FileType {
  return { name, dtype, bytes, read };
}

/** The types that Kiln reads, as the file calls them. */
export const READABLE_TYPES = Object.values(fileTypes).map(({ name }) => name);

/** The dtype of a type by its number, or null for those that Kiln does not have. */
export function dtypeOfType(number: number): DType | null {
  return fileTypes[number]?.dtype ?? null;
}

/** Whether a type loses bits or range when it becomes Kiln's, and so may be that of constants alone. */
export function isWidened(number: number): boolean {
  return ([DATA_TYPE.float64, DATA_TYPE.float16, DATA_TYPE.bfloat16] as readonly number[]).includes(number);
}

/** The name of a type by its number. */
export function typeName(number: number): string {
  const known = Object.entries(DATA_TYPE).find(([, value]) => value === number);
  return fileTypes[number]?.name ?? known?.[0].toUpperCase() ?? `type ${number}`;
}

/**
 * The values of a tensor, float16, bfloat16 and double as float32. Answers with what is wrong where the values are not as many
 * as the shape says. Requires: a type that Kiln reads.
 */
export function decodeValues(tensor: TensorProto, shape: Shape): TensorData | string {
  const { dtype, bytes, read } = fileTypes[tensor.data_type ?? 0]!;
  const count = elementCount(shape);
  // The library stands an empty list in for bytes that are not there.
  const raw = tensor.raw_data?.length ? tensor.raw_data : new Uint8Array(0);
  const listed = listedValues(tensor);
  const found = raw.length > 0 ? raw.length / bytes : listed.length;
  if (found !== count) return `has ${found} values, expected ${count} for [${shape.join(', ')}]`;
  const data = allocate(dtype, count);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const valueOf = raw.length > 0 ? (i: number) => read(view, i * bytes) : (i: number) => listed[i]!;
  if (data instanceof BigInt64Array) for (let i = 0; i < count; i++) data[i] = int64(valueOf(i));
  else for (let i = 0; i < count; i++) data[i] = dtype === 'bool' ? Number(valueOf(i) !== 0) : Number(valueOf(i));
  return data;
}

/** Values in a list of their own: small types stand in the list of 32 bits, halves by their bits. */
function listedValues(tensor: TensorProto): readonly number[] {
  const { data_type: number, float_data, int32_data = [], int64_data = [], double_data } = tensor;
  if (number === DATA_TYPE.float32) return float_data ?? [];
  if (number === DATA_TYPE.float64) return double_data ?? [];
  if (number === DATA_TYPE.int64) return int64_data.map(asNumber);
  if (number === DATA_TYPE.float16) return int32_data.map(float16);
  if (number === DATA_TYPE.bfloat16) return int32_data.map(bfloat16);
  return int32_data;
}

/** Within 64 bits: the greatest number may have been rounded up on its way through a double. */
function int64(value: number | bigint): bigint {
  if (typeof value === 'bigint') return value;
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  return value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(value);
}

/** Source: IEEE 754-2019, binary16. */
function float16(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of a float32. */
function bfloat16(bits: number): number {
  return new Float32Array(Uint32Array.of(bits * 2 ** 16).buffer)[0]!;
}

import { allocate, type DType, DTYPE_BYTES, type TensorData } from '@kiln/ir';

/** What each type of the file is in Kiln. Constants alone may have those that are widened. */
export const DTYPE_OF: Readonly<Record<string, DType>> = {
  FLOAT32: 'float32',
  FLOAT16: 'float32',
  INT8: 'int8',
  INT4: 'int8',
  UINT8: 'uint8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  BOOL: 'bool',
};

/** Types that only constants may have: they are widened when they are read. */
export const WIDENED: ReadonlySet<string> = new Set(['FLOAT16', 'INT4']);

/** Bytes of `count` values of that type in the file. */
export function fileBytes(type: string, count: number): number {
  if (type === 'INT4') return Math.ceil(count / 2);
  return type === 'FLOAT16' ? 2 * count : DTYPE_BYTES[DTYPE_OF[type]!] * count;
}

/** The values of a constant, little-endian in the file. `bytes` has the length that `fileBytes` says. */
export function decodeData(type: string, bytes: Uint8Array, count: number): TensorData {
  if (type === 'INT4') return unpackInt4(bytes, count);
  if (type === 'FLOAT16') return widenFloat16(bytes, count);
  const data = allocate(DTYPE_OF[type]!, count);
  new Uint8Array(data.buffer).set(bytes);
  // Any byte but 0 is true: what computes with it expects 1.
  return type === 'BOOL' ? (data as Uint8Array).map((value) => (value === 0 ? 0 : 1)) : data;
}

/** Two values a byte, the first in the low bits, in two's complement. */
function unpackInt4(bytes: Uint8Array, count: number): Int8Array {
  return Int8Array.from({ length: count }, (_, i) => {
    const nibble = (bytes[i >> 1]! >> (i % 2 === 0 ? 0 : 4)) & 15;
    return nibble >= 8 ? nibble - 16 : nibble;
  });
}

/** Source: IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
function widenFloat16(bytes: Uint8Array, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const half = bytes[2 * i]! | (bytes[2 * i + 1]! << 8);
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}

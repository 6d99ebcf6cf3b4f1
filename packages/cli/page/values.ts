import type { PageTensor } from '../src/demo/page-data.js';

type DType = PageTensor['dtype'];

/** How each element type stands in memory: WebAssembly is little-endian. */
const ACCESS: Readonly<
  Record<
    DType,
    {
      readonly bytes: number;
      readonly least: number;
      readonly most: number;
      readonly read: (view: DataView, offset: number) => number;
      readonly write: (view: DataView, offset: number, value: number) => void;
    }
  >
> = {
  float32: {
    bytes: 4,
    least: -Infinity,
    most: Infinity,
    read: (view, offset) => view.getFloat32(offset, true),
    write: (view, offset, value) => view.setFloat32(offset, value, true),
  },
  int8: {
    bytes: 1,
    least: -128,
    most: 127,
    read: (view, offset) => view.getInt8(offset),
    write: (view, offset, value) => view.setInt8(offset, value),
  },
  uint8: {
    bytes: 1,
    least: 0,
    most: 255,
    read: (view, offset) => view.getUint8(offset),
    write: (view, offset, value) => view.setUint8(offset, value),
  },
  bool: {
    bytes: 1,
    least: 0,
    most: 1,
    read: (view, offset) => view.getUint8(offset),
    write: (view, offset, value) => view.setUint8(offset, value),
  },
  int16: {
    bytes: 2,
    least: -(2 ** 15),
    most: 2 ** 15 - 1,
    read: (view, offset) => view.getInt16(offset, true),
    write: (view, offset, value) => view.setInt16(offset, value, true),
  },
  int32: {
    bytes: 4,
    least: -(2 ** 31),
    most: 2 ** 31 - 1,
    read: (view, offset) => view.getInt32(offset, true),
    write: (view, offset, value) => view.setInt32(offset, value, true),
  },
  int64: {
    bytes: 8,
    least: Number.MIN_SAFE_INTEGER,
    most: Number.MAX_SAFE_INTEGER,
    read: (view, offset) => Number(view.getBigInt64(offset, true)),
    write: (view, offset, value) => view.setBigInt64(offset, BigInt(value), true),
  },
};

/** The real values of a tensor whose bytes begin at `offset`: real = scale * (q - zeroPoint). */
export function readReal(tensor: PageTensor, bytes: Uint8Array, offset: number): Float64Array {
  const { bytes: size, read } = ACCESS[tensor.dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const { scale, zeroPoint } = tensor.quantization ?? { scale: 1, zeroPoint: 0 };
  return Float64Array.from(
    { length: tensor.bytes / size },
    (_, i) => scale * (read(view, offset + i * size) - zeroPoint),
  );
}

/** Writes real values: rounded and kept within the type, unless it is float32. */
export function writeReal(tensor: PageTensor, values: ArrayLike<number>, bytes: Uint8Array, offset: number): void {
  const { bytes: size, least, most, write } = ACCESS[tensor.dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const { scale, zeroPoint } = tensor.quantization ?? { scale: 1, zeroPoint: 0 };
  for (let i = 0; i < values.length; i++) {
    const stored = values[i]! / scale + zeroPoint;
    const whole = Math.min(most, Math.max(least, Math.round(stored)));
    write(view, offset + i * size, tensor.dtype === 'float32' ? stored : whole);
  }
}

export function elementCountOf({ bytes, dtype }: PageTensor): number {
  return bytes / ACCESS[dtype].bytes;
}

/** A few significant digits, as people read them. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return value.toLocaleString('en');
  return Number(value.toPrecision(3)).toString();
}

import { allocate, type DType, elementCount, type Shape, type TensorData } from '@kiln/ir';
import { DATA_TYPE } from '../proto.js';
import type { TensorDef } from './network-def.js';

/** How values of a type stand in a file, and what they become. */
interface FileType {
  readonly dtype: DType;
  readonly bytes: number;
  readonly read: (view: DataView, offset: number) => number | bigint;
}

const TYPES: Readonly<Record<number, FileType>> = {
  [DATA_TYPE.float32]: { dtype: 'float32', bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  [DATA_TYPE.float64]: { dtype: 'float32', bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  [DATA_TYPE.float16]: { dtype: 'float32', bytes: 2, read: (view, at) => halfToNumber(view.getUint16(at, true)) },
  [DATA_TYPE.int32]: { dtype: 'int32', bytes: 4, read: (view, at) => view.getInt32(at, true) },
  [DATA_TYPE.uint8]: { dtype: 'uint8', bytes: 1, read: (view, at) => view.getUint8(at) },
  [DATA_TYPE.int16]: { dtype: 'int16', bytes: 2, read: (view, at) => view.getInt16(at, true) },
  [DATA_TYPE.int8]: { dtype: 'int8', bytes: 1, read: (view, at) => view.getInt8(at) },
  [DATA_TYPE.int64]: { dtype: 'int64', bytes: 8, read: (view, at) => view.getBigInt64(at, true) },
  [DATA_TYPE.bool]: { dtype: 'bool', bytes: 1, read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1) },
};

/** More elements than any microcontroller holds: a mistake or an attack. */
const MOST_ELEMENTS = 2 ** 22;
const MOST_DIMENSIONS = 8;

/** The dtype that a `DataType` becomes, or null if Kiln has none. A reference to a type, 100 above it, is that type. */
export function dtypeOf(type: number): DType | null {
  return TYPES[type % 100]?.dtype ?? null;
}

/** `DT_FLOAT`, for messages. */
export function typeName(type: number): string {
  const known = Object.entries(DATA_TYPE).find(([, number]) => number === type % 100);
  return known === undefined ? `type ${type}` : known[0];
}

/** What is wrong with a shape, or null. */
export function shapeProblem(shape: Shape): string | null {
  const text = `has the shape [${shape.join(', ')}]`;
  if (shape.length > MOST_DIMENSIONS) return `has ${shape.length} dimensions, expected at most ${MOST_DIMENSIONS}`;
  if (!shape.every((size) => Number.isInteger(size) && size >= 0)) return `${text}, expected sizes of 0 or more`;
  return elementCount(shape) > MOST_ELEMENTS ? `${text}, expected at most ${MOST_ELEMENTS} elements` : null;
}

/** Values of a type that follow each other, little-endian; null if Kiln has no such type or the bytes are too few or too many. */
export function decodeValues(type: number, bytes: Uint8Array, count: number): TensorData | null {
  const found = TYPES[type % 100];
  if (found === undefined || bytes.length !== found.bytes * count) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = allocate(found.dtype, count);
  for (let i = 0; i < count; i++) data[i] = found.read(view, found.bytes * i);
  return data;
}

/**
 * A constant's values; null if they do not fit its shape. Of listed values the last one stands for all that follow, none at
 * all for zeros. Source: tensorflow/core/framework/tensor.proto.
 */
export function tensorValues({ dtype, shape, content, values }: TensorDef): TensorData | null {
  const count = elementCount(shape);
  if (content.length > 0) return decodeValues(dtype, content, count);
  const found = TYPES[dtype % 100];
  if (found === undefined || values.length > Math.max(count, 1)) return null;
  const data = allocate(found.dtype, count);
  const isHalf = dtype % 100 === DATA_TYPE.float16;
  for (let i = 0; i < count && values.length > 0; i++) {
    const value = Number(values[Math.min(i, values.length - 1)]);
    data[i] = found.dtype === 'int64' ? wholeNumber(value) : isHalf ? halfToNumber(value) : value;
  }
  return data;
}

function wholeNumber(value: number): bigint {
  return BigInt.asIntN(64, BigInt(Number.isFinite(value) ? Math.trunc(value) : 0));
}

/** Source: IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

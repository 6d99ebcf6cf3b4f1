import type { NpyArray, NpyDtype } from './npy-array.js';

interface DtypeRow {
  readonly dtype: NpyDtype;
  /** NumPy's name without the byte order. */
  readonly code: string;
  readonly bytes: number;
  readonly view: (buffer: ArrayBuffer) => NpyArray['data'];
}

/** Every element type, with how NumPy writes it. Source: numpy.lib.format; NumPy's array protocol, `typestr`. */
const DTYPES: readonly DtypeRow[] = [
  { dtype: 'float32', code: 'f4', bytes: 4, view: (buffer) => new Float32Array(buffer) },
  { dtype: 'float64', code: 'f8', bytes: 8, view: (buffer) => new Float64Array(buffer) },
  { dtype: 'int8', code: 'i1', bytes: 1, view: (buffer) => new Int8Array(buffer) },
  { dtype: 'uint8', code: 'u1', bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  { dtype: 'int16', code: 'i2', bytes: 2, view: (buffer) => new Int16Array(buffer) },
  { dtype: 'uint16', code: 'u2', bytes: 2, view: (buffer) => new Uint16Array(buffer) },
  { dtype: 'int32', code: 'i4', bytes: 4, view: (buffer) => new Int32Array(buffer) },
  { dtype: 'uint32', code: 'u4', bytes: 4, view: (buffer) => new Uint32Array(buffer) },
  { dtype: 'int64', code: 'i8', bytes: 8, view: (buffer) => new BigInt64Array(buffer) },
  { dtype: 'bool', code: 'b1', bytes: 1, view: (buffer) => new Uint8Array(buffer) },
];

/** The names that messages give for what can be read. */
export const READABLE_DTYPES = DTYPES.map(({ dtype }) => dtype).join(', ');

export function dtypeByCode(code: string): DtypeRow | undefined {
  return DTYPES.find((row) => row.code === code);
}

export function dtypeByName(dtype: NpyDtype): DtypeRow {
  return DTYPES.find((row) => row.dtype === dtype) as DtypeRow;
}

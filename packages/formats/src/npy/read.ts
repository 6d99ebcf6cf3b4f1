import { DataError, UnsupportedError } from '@kiln/ir';
import { dtypeByCode, READABLE_DTYPES } from './dtypes.js';
import { MOST_HEADER_BYTES, parseHeader } from './header.js';
import type { NpyArray } from './npy-array.js';

/** `\x93NUMPY` */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads a .npy file of version 1, 2 or 3, little- or big-endian; arrays in Fortran order are put into row-major order.
 *
 * The bytes are not trusted: every length is checked before it is used, and memory is bounded by the file's size.
 * `where` names the file in errors: `DataError` for what is damaged, `UnsupportedError` for other element types.
 * Source: numpy.lib.format, "Format Version 1.0" to "3.0".
 */
export function readNpy(bytes: Uint8Array, where: string): NpyArray {
  const { header, start } = readHeader(bytes, where);
  const parsed = parseHeader(header);
  if (parsed === null) {
    const message = `has the header ${JSON.stringify(header.slice(0, 80))}, expected descr, fortran_order and shape`;
    throw new DataError('E-NPY-HEADER', where, message, 'Save it again with numpy.save');
  }
  const { descr, fortranOrder, shape } = parsed;
  const row = dtypeByCode(descr.slice(1));
  if (row === undefined || !'<>|='.includes(descr[0]!)) {
    const message = `holds elements of type '${descr}', expected ${READABLE_DTYPES}`;
    throw new UnsupportedError('E-NPY-DTYPE', where, message, 'Convert it with .astype() and save it again');
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const found = bytes.length - start;
  if (!Number.isSafeInteger(count) || found !== count * row.bytes) {
    const message = `has ${found} bytes of data, ${row.dtype}[${shape.join(', ')}] takes ${count * row.bytes}`;
    throw new DataError('E-NPY-LENGTH', where, message, 'The file is truncated or damaged: save it again');
  }
  // A copy with a buffer of its own: a Node.js Buffer's slice would share one.
  const raw = new Uint8Array(bytes.subarray(start));
  if (descr[0] === '>') swapBytes(raw, row.bytes);
  const odd = row.dtype === 'bool' ? raw.findIndex((value) => value > 1) : -1;
  if (odd >= 0) {
    const message = `has the byte ${raw[odd]} as element ${odd}, expected 0 or 1 for bool`;
    throw new DataError('E-NPY-BOOL', where, message, 'Save it again with numpy.save');
  }
  const data = row.view(raw.buffer);
  return { dtype: row.dtype, shape, data: fortranOrder ? rowMajor(data, shape) : data };
}

function readHeader(bytes: Uint8Array, where: string): { header: string; start: number } {
  const text = new TextDecoder('latin1');
  const fail = (message: string): never => {
    throw new DataError('E-NPY-MAGIC', where, message, 'Give a file that numpy.save wrote');
  };
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    fail('is not a .npy file: it does not start with \\x93NUMPY');
  }
  const [major, minor] = [bytes[6]!, bytes[7]!];
  if (major < 1 || major > 3 || minor !== 0) fail(`is of .npy version ${major}.${minor}, expected 1.0, 2.0 or 3.0`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [start, length] = major === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (length > MOST_HEADER_BYTES) fail(`announces a header of ${length} bytes, expected at most ${MOST_HEADER_BYTES}`);
  if (start + length > bytes.length) fail(`announces a header of ${length} bytes, the file has ${bytes.length}`);
  return { header: text.decode(bytes.subarray(start, start + length)), start: start + length };
}

function swapBytes(raw: Uint8Array, size: number): void {
  for (let i = 0; i < raw.length; i += size) raw.subarray(i, i + size).reverse();
}

/** First index fastest -> last index fastest. */
function rowMajor(data: NpyArray['data'], shape: readonly number[]): NpyArray['data'] {
  const result = data.slice();
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    result[i] = data[index.reduce((sum, at, axis) => sum + at * strides[axis]!, 0)]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = index[axis]! + 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return result;
}

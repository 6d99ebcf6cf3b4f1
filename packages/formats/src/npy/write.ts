import { dtypeByName } from './dtypes.js';
import type { NpyArray } from './npy-array.js';

/** The header is padded so that the data starts at a multiple of this. */
const ALIGNMENT_BYTES = 64;

/**
 * Writes an array as .npy version 1.0, little-endian, row-major: the bytes that numpy.save writes.
 * Source: numpy.lib.format, "Format Version 1.0".
 */
export function writeNpy({ dtype, shape, data }: NpyArray): Uint8Array {
  const { code, bytes } = dtypeByName(dtype);
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${bytes === 1 ? '|' : '<'}${code}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + header.length + 1) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES - 10;
  const text = `\x93NUMPY\x01\x00${String.fromCharCode(length & 255, length >> 8)}${header.padEnd(length - 1)}\n`;
  const file = new Uint8Array(text.length + data.byteLength);
  file.set(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), text.length);
  return file;
}

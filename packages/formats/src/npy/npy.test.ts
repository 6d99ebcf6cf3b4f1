import { expect, test } from 'vitest';
import type { NpyArray } from './npy-array.js';
import { readNpy } from './read.js';
import { writeNpy } from './write.js';

const array: NpyArray = { dtype: 'int16', shape: [2, 3], data: Int16Array.of(1, -2, 300, -32768, 32767, 0) };

function file(header: string, data: Uint8Array, version = 1): Uint8Array {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  const magic = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\x00`, 'latin1');
  return new Uint8Array(Buffer.concat([magic, length, Buffer.from(header), data]));
}

test.each<NpyArray>([
  array,
  { dtype: 'float32', shape: [3], data: Float32Array.of(0.1, -0, Number.POSITIVE_INFINITY) },
  { dtype: 'float64', shape: [], data: Float64Array.of(Math.PI) },
  { dtype: 'uint8', shape: [0, 4], data: new Uint8Array(0) },
  { dtype: 'int64', shape: [1, 1], data: BigInt64Array.of(-5_000_000_000n) },
  { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
])('an array of $dtype comes back as it was written', (original) => {
  expect(readNpy(writeNpy(original), 'a.npy')).toEqual(original);
});

test('a Buffer is read as well, from wherever it lies in its memory', () => {
  const shared = Buffer.concat([Buffer.alloc(3, 1), writeNpy(array)]).subarray(3);
  expect(readNpy(shared, 'a.npy')).toEqual(array);
});

test('the data starts at a multiple of 64 bytes, as numpy.save lays it out', () => {
  const bytes = writeNpy(array);
  expect(bytes.length).toBe(128 + 12);
  expect(bytes[127]).toBe('\n'.charCodeAt(0));
});

test('Fortran order becomes row-major', () => {
  const header = "{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3), }";
  expect([...readNpy(file(header, Uint8Array.of(1, 4, 2, 5, 3, 6)), 'f.npy').data]).toEqual([1, 2, 3, 4, 5, 6]);
});

test('big-endian files of version 2 are read', () => {
  const header = "{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }";
  expect([...readNpy(file(header, Uint8Array.of(1, 2, 255, 254), 2), 'b.npy').data]).toEqual([258, -2]);
});

test.each([
  ['a text file', Buffer.from('5,3,1\n0,0,0\n'), /E-NPY-MAGIC: x\.npy/],
  ['an empty file', new Uint8Array(0), /E-NPY-MAGIC/],
  ['a truncated file', writeNpy(array).subarray(0, 135), /E-NPY-LENGTH.*has 7 bytes of data, int16\[2, 3\] takes 12/],
  ['a header longer than the file', writeNpy(array).subarray(0, 60), /E-NPY-MAGIC.*announces a header/],
  [
    'an object array',
    file("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", new Uint8Array(8)),
    /E-NPY-DTYPE.*'\|O'/,
  ],
  [
    'a shape past all memory',
    file("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", new Uint8Array(8)),
    /E-NPY-LENGTH/,
  ],
  ['a header of something else', file("{'a': 1}", new Uint8Array(8)), /E-NPY-HEADER/],
  [
    'a header with more behind it',
    file("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} 5", Uint8Array.of(1)),
    /E-NPY-HEADER/,
  ],
  [
    'a header with a key of its own',
    file("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'a': 'b'}", Uint8Array.of(1)),
    /E-NPY-HEADER/,
  ],
  [
    'a header that says its shape twice',
    file("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}", Uint8Array.of(1)),
    /E-NPY-HEADER/,
  ],
  [
    'a shape without its commas',
    file("{'descr': '|u1', 'fortran_order': False, 'shape': (1 1)}", Uint8Array.of(1)),
    /E-NPY-HEADER/,
  ],
  [
    'a shape with a comma too many',
    file("{'descr': '|u1', 'fortran_order': False, 'shape': (1,,1)}", Uint8Array.of(1)),
    /E-NPY-HEADER/,
  ],
  [
    'a rank that would take minutes',
    file(`{'descr': '|u1', 'fortran_order': True, 'shape': (${'1,'.repeat(100_000)})}`, Uint8Array.of(1), 2),
    /E-NPY-MAGIC.*at most 10000/,
  ],
  [
    'a bool of neither value',
    file("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", Uint8Array.of(1, 7)),
    /E-NPY-BOOL.*byte 7 as element 1/,
  ],
])('%s is refused with what was expected', (_, bytes, message) => {
  expect(() => {
    try {
      readNpy(bytes, 'x.npy');
    } catch (error) {
      throw new Error(String(error));
    }
  }).toThrow(message);
});

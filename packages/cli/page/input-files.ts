import { readNpy } from '@kiln/formats';
import type { PageInput } from '../src/demo/page-data.js';
import { elementCountOf, writeReal } from './values.js';

/** Reads a .npy or a CSV file as rows of one input: the bytes of each. Throws with words for the user. */
export async function readInputFile(file: File, input: PageInput): Promise<Uint8Array[]> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return bytes[0] === 0x93
    ? npyRows(bytes, file.name, input)
    : csvRows(new TextDecoder().decode(bytes), file.name, input);
}

function npyRows(bytes: Uint8Array, name: string, input: PageInput): Uint8Array[] {
  const { dtype, shape, data } = readNpy(bytes, name);
  const size = elementCountOf(input);
  if (dtype !== input.dtype || data.length === 0 || data.length % size !== 0) {
    throw new Error(`${name} holds ${dtype}[${shape.join(', ')}], expected ${input.dtype} in rows of ${size}`);
  }
  const all = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: data.length / size }, (_, i) => all.slice(i * input.bytes, (i + 1) * input.bytes));
}

/** A line of numbers for each row, between commas, semicolons or blanks; a first line without numbers is a heading. */
function csvRows(text: string, name: string, input: PageInput): Uint8Array[] {
  const size = elementCountOf(input);
  const lines = text.split(/\r?\n/).map((line) => line.trim().split(/[\s,;]+/));
  const full = lines.filter(
    (cells, i) => cells[0] !== '' && !(i === 0 && cells.some((cell) => Number.isNaN(Number(cell)))),
  );
  if (full.length === 0) throw new Error(`${name} holds no numbers, expected ${size} to a line`);
  return full.map((cells, i) => {
    const values = cells.map(Number);
    if (values.length !== size || values.some(Number.isNaN)) {
      throw new Error(`${name} has ${values.length} values in row ${i + 1}, expected ${size} numbers`);
    }
    const bytes = new Uint8Array(input.bytes);
    writeReal(input, values, bytes, 0);
    return bytes;
  });
}

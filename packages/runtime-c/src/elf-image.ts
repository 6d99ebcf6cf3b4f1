import { InvariantError } from '@kiln/ir';

/** Bytes that stand one after another in a board's memory. */
export interface MemoryBlock {
  readonly address: number;
  readonly bytes: Uint8Array;
}

const PT_LOAD = 1;
const SHT_NOBITS = 8;
const SHF_ALLOC = 2;
const CLASS_32 = 1;
const LITTLE_ENDIAN = 1;

/**
 * What an ELF executable of 32 bits brings into a board's memory, by address: each section at its physical address, so first
 * values of variables where they stand in the flash. Sections, as segments may begin with the headers of the file itself,
 * which belong into no flash.
 *
 * Source: System V ABI, chapters 4 "Object files" and 5 "Program loading".
 * Errors: `E-IMAGE-FORMAT` if it is no such file, `E-IMAGE-SEGMENT` if a section has no place in memory.
 */
export function readMemoryImage(elf: Uint8Array): MemoryBlock[] {
  const isElf = elf.length > 52 && Buffer.from(elf.subarray(0, 4)).toString('latin1') === '\x7fELF';
  if (!isElf || elf[4] !== CLASS_32 || elf[5] !== LITTLE_ENDIAN) {
    throw new InvariantError('E-IMAGE-FORMAT', 'image', 'expected a little-endian ELF file of 32 bits, found another');
  }
  const view = new DataView(elf.buffer, elf.byteOffset, elf.length);
  const segments = headers(view, 28, 42).filter((at) => view.getUint32(at, true) === PT_LOAD);
  const sections = headers(view, 32, 46).map((at) => ({
    type: view.getUint32(at + 4, true),
    flags: view.getUint32(at + 8, true),
    offset: view.getUint32(at + 16, true),
    size: view.getUint32(at + 20, true),
  }));
  return sections
    .filter(({ type, flags, size }) => type !== SHT_NOBITS && (flags & SHF_ALLOC) !== 0 && size > 0)
    .map(({ offset, size }) => ({
      address: physicalAddress(view, segments, offset),
      bytes: elf.subarray(offset, offset + size),
    }))
    .sort((a, b) => a.address - b.address);
}

/** Where each header of a table starts: the table's place and the size and number of its headers stand in the file's own. */
function headers(view: DataView, tableAt: number, sizeAt: number): number[] {
  const [start, size] = [view.getUint32(tableAt, true), view.getUint16(sizeAt, true)];
  return Array.from({ length: view.getUint16(sizeAt + 2, true) }, (_, index) => start + index * size);
}

/** Where the byte at an offset of the file stands in memory. */
function physicalAddress(view: DataView, segments: readonly number[], offset: number): number {
  for (const at of segments) {
    const inside = offset - view.getUint32(at + 4, true);
    if (inside >= 0 && inside < view.getUint32(at + 16, true)) return view.getUint32(at + 12, true) + inside;
  }
  throw new InvariantError('E-IMAGE-SEGMENT', 'image', `the section at offset ${offset} lies in no segment`);
}

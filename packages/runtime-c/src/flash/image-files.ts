import { InvariantError } from '@kiln/ir';
import intelHex from 'nrf-intel-hex';
import { readMemoryImage } from '../elf-image.js';
import type { MemoryBlock } from '../elf-image.js';
import { encodeUf2 } from './uf2.js';

/** Its types call the class `default`; to Node.js, which takes the package for CommonJS, it is the package itself. */
const MemoryMap = intelHex as unknown as typeof intelHex.default;

/** The forms in which flash tools take an image; each is the ending of its file. */
export type ImageKind = 'elf' | 'hex' | 'bin' | 'uf2';

/** One image in every form that some tool takes. */
export interface ImageFiles {
  /** Where in memory the first byte of the .bin stands. */
  readonly start: number;
  /** Bytes that are written into the flash. */
  readonly flashBytes: number;
  /** A .uf2 is among them if the family of the chip is known. */
  readonly files: readonly { readonly kind: ImageKind; readonly bytes: Uint8Array }[];
}

/** The most that a .bin may hold, gaps included: no flash here is as large. */
const MOST_BYTES = 1 << 26;
const HEX_LINE_BYTES = 16;
const ERASED = 0xff;

/**
 * Makes image files of the ELF file that the linker wrote: .hex (Intel HEX), .bin (the lowest to the highest byte, 0xFF
 * between) and, where a family is given, .uf2.
 *
 * Errors: those of `readMemoryImage`; `E-IMAGE-SPAN` if the image lies in places that are too far apart.
 */
export function imageFiles(elf: Uint8Array, uf2Family: number | null): ImageFiles {
  const blocks = readMemoryImage(elf);
  const { address: start, bytes } = flatten(blocks);
  const hex = new MemoryMap(blocks.map(({ address, bytes: part }) => [address, part])).join();
  return {
    start,
    flashBytes: blocks.reduce((sum, block) => sum + block.bytes.length, 0),
    files: [
      { kind: 'elf', bytes: elf },
      { kind: 'hex', bytes: Buffer.from(`${hex.asHexString(HEX_LINE_BYTES)}\n`) },
      { kind: 'bin', bytes },
      ...(uf2Family === null ? [] : [{ kind: 'uf2' as const, bytes: encodeUf2(blocks, uf2Family) }]),
    ],
  };
}

function flatten(blocks: readonly MemoryBlock[]): MemoryBlock {
  const start = Math.min(...blocks.map(({ address }) => address));
  const end = Math.max(...blocks.map(({ address, bytes }) => address + bytes.length));
  if (!(end - start <= MOST_BYTES)) {
    throw new InvariantError('E-IMAGE-SPAN', 'image', `expected one memory, found bytes from ${start} to ${end}`);
  }
  const bytes = new Uint8Array(end - start).fill(ERASED);
  for (const block of blocks) bytes.set(block.bytes, block.address - start);
  return { address: start, bytes };
}

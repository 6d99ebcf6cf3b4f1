import type { MemoryBlock } from '../elf-image.js';

/** Numbers of the format. Source: Microsoft, UF2 specification, "File format". */
const BLOCK_BYTES = 512;
const DATA_OFFSET = 32;
const DATA_BYTES = 256;
const MAGIC_START = [0x0a324655, 0x9e5d5157] as const;
const MAGIC_END = 0x0ab16f30;
const FLAG_FAMILY = 0x00002000;
/** What stands where no byte was given: erased flash. */
const ERASED = 0xff;

/**
 * Writes memory as a UF2 file: blocks of 512 bytes, each with 256 bytes of memory that begin at a multiple of 256.
 *
 * `family` is the number of the chip's family. Source: Microsoft, UF2 specification, "Family ID".
 */
export function encodeUf2(blocks: readonly MemoryBlock[], family: number): Uint8Array {
  const pages = pagesOf(blocks);
  const file = new Uint8Array(pages.size * BLOCK_BYTES);
  const view = new DataView(file.buffer);
  [...pages].forEach(([address, bytes], number) => {
    const start = number * BLOCK_BYTES;
    const words = [...MAGIC_START, FLAG_FAMILY, address, DATA_BYTES, number, pages.size, family];
    words.forEach((word, i) => view.setUint32(start + 4 * i, word, true));
    file.set(bytes, start + DATA_OFFSET);
    view.setUint32(start + BLOCK_BYTES - 4, MAGIC_END, true);
  });
  return file;
}

/** Every page of which some byte is given, by address. */
function pagesOf(blocks: readonly MemoryBlock[]): Map<number, Uint8Array> {
  const pages = new Map<number, Uint8Array>();
  for (const { address, bytes } of blocks) {
    for (let i = 0; i < bytes.length;) {
      const inside = (address + i) % DATA_BYTES;
      const start = address + i - inside;
      const page = pages.get(start) ?? new Uint8Array(DATA_BYTES).fill(ERASED);
      const part = bytes.subarray(i, i + DATA_BYTES - inside);
      page.set(part, inside);
      pages.set(start, page);
      i += part.length;
    }
  }
  return new Map([...pages].sort(([a], [b]) => a - b));
}

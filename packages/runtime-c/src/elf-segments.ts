/** A piece of a linked image: what is loaded, and where. */
export interface LoadSegment {
  /** Where it is stored on the board: in flash, for variables too. */
  readonly address: number;
  /** A view into the file: to write here is to change the file. */
  readonly bytes: Uint8Array;
}

const PT_LOAD = 1;

/**
 * The pieces of an ELF image (32 bits, little-endian) that a board's memory is loaded with, in the file's order. Names and
 * offsets as in the System V ABI, chapter 5 "Program header".
 */
export function readLoadSegments(elf: Uint8Array): LoadSegment[] {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.length);
  const start = view.getUint32(28, true);
  const headerBytes = view.getUint16(42, true);
  const headers = Array.from({ length: view.getUint16(44, true) }, (_, index) => start + index * headerBytes);
  return headers.flatMap((at) => {
    const [offset, address, size] = [4, 12, 16].map((field) => view.getUint32(at + field, true)) as [
      number,
      number,
      number,
    ];
    if (view.getUint32(at, true) !== PT_LOAD || size === 0) return [];
    return [{ address, bytes: elf.subarray(offset, offset + size) }];
  });
}

/** A stretch of memory with the first and last step at which its bytes are needed, both included. */
export interface Block {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/**
 * A block that may be written over another while that one is still read: the two share one step, and as far as `writer` lies
 * behind `input`'s first byte, in bytes, is at most `most` and a multiple of `step`. Apart they may always lie.
 */
export interface Overlay<B extends Block = Block> {
  readonly input: B;
  readonly writer: B;
  readonly most: number;
  /** Infinity: at the first byte or not at all. */
  readonly step: number;
}

export function meet(a: Block, b: Block): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** The least offset from `at` on at which a block does not harm one that is placed. `overlay` is what the two may do. */
export function nextOffset(at: number, block: Block, rival: Block & { offset: number }, overlay?: Overlay): number {
  const end = rival.offset + rival.bytes;
  if (at + block.bytes <= rival.offset || at >= end) return at;
  if (overlay === undefined) return end;
  const { most, step } = overlay;
  if (overlay.writer === block) {
    const distance = roundUp(at - rival.offset, step);
    return distance <= most ? Math.min(end, rival.offset + distance) : end;
  }
  const distance = roundDown(Math.min(rival.offset - at, most), step);
  return Math.min(end, rival.offset - distance);
}

function roundDown(value: number, step: number): number {
  return step === Infinity ? (value < 0 ? -Infinity : 0) : Math.floor(value / step) * step;
}

function roundUp(value: number, step: number): number {
  return step === Infinity ? (value > 0 ? Infinity : 0) : Math.ceil(value / step) * step;
}

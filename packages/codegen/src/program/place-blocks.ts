/** A buffer with the first and last step at which its bytes are needed, both included. */
export interface Block {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export interface PlacedBlock extends Block {
  readonly offset: number;
}

/** Up to this many blocks every order of placing is searched, with pruning; beyond, a few good orders are tried. */
const EXHAUSTIVE_BLOCKS = 9;

/**
 * Gives each block an offset so that no two that live at the same step overlap, in as few bytes as possible.
 *
 * First fit, tried over orders of the blocks: by size, by time, and, for up to nine blocks, all of them until the lower
 * bound is met. `lowerBound` is the most bytes alive at one step; where `bytes` equals it, the plan is optimal.
 */
export function placeBlocks<B extends Block>(
  blocks: readonly B[],
): { readonly placed: readonly (B & PlacedBlock)[]; readonly bytes: number; readonly lowerBound: number } {
  const lowerBound = peakBytes(blocks);
  const orders = [
    [...blocks].sort((a, b) => b.bytes - a.bytes || a.first - b.first),
    [...blocks].sort((a, b) => a.first - b.first || b.bytes - a.bytes),
    [...blocks].sort((a, b) => b.last - b.first - (a.last - a.first) || b.bytes - a.bytes),
  ];
  let best = firstFit(orders[0]!);
  for (const order of orders.slice(1)) {
    const candidate = firstFit(order);
    if (candidate.bytes < best.bytes) best = candidate;
  }
  if (best.bytes > lowerBound && blocks.length <= EXHAUSTIVE_BLOCKS) {
    for (const order of permutations(blocks)) {
      const candidate = firstFit(order);
      if (candidate.bytes < best.bytes) best = candidate;
      if (best.bytes === lowerBound) break;
    }
  }
  const placed = [...best.placed].sort((a, b) => a.first - b.first || a.offset - b.offset);
  return { placed, bytes: best.bytes, lowerBound };
}

function peakBytes(blocks: readonly Block[]): number {
  const alive = (step: number): number =>
    blocks.reduce((sum, { bytes, first, last }) => sum + (first <= step && step <= last ? bytes : 0), 0);
  return blocks.reduce((most, { first }) => Math.max(most, alive(first)), 0);
}

function firstFit<B extends Block>(order: readonly B[]): { placed: (B & PlacedBlock)[]; bytes: number } {
  const placed: (B & PlacedBlock)[] = [];
  for (const block of order) {
    const rivals = placed
      .filter((other) => other.first <= block.last && block.first <= other.last)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const rival of rivals) {
      if (rival.offset >= offset + block.bytes) break;
      offset = Math.max(offset, rival.offset + rival.bytes);
    }
    placed.push({ ...block, offset });
  }
  return { placed, bytes: placed.reduce((end, { offset, bytes }) => Math.max(end, offset + bytes), 0) };
}

function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length <= 1) {
    yield items;
    return;
  }
  for (const [i, item] of items.entries()) {
    for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [item, ...rest];
  }
}

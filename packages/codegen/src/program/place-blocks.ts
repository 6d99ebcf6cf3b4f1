import { type Block, meet, nextOffset, type Overlay } from './block-relation.js';
import { lowerBoundOf, stepBytes } from './lower-bound.js';

export type { Block } from './block-relation.js';

export interface PlacedBlock extends Block {
  readonly offset: number;
}

/** Up to this many blocks every order of placing is searched; beyond, a few good orders and changes of the best. */
const EXHAUSTIVE_BLOCKS = 8;
const MOST_CHANGES = 1000;

/**
 * Gives each block an offset so that no two that live at the same step overlap, unless an overlay lets them, in as few
 * bytes as possible.
 *
 * First fit, tried over orders of the blocks: by size, by time, the hardest steps first; then all orders of a few blocks, or
 * changes to the best order of many, until the lower bound is met. Where `bytes` equals `lowerBound`, the plan is optimal.
 */
export function placeBlocks<B extends Block>(
  blocks: readonly B[],
  overlays: readonly Overlay<B>[] = [],
): { readonly placed: readonly (B & PlacedBlock)[]; readonly bytes: number; readonly lowerBound: number } {
  const lowerBound = lowerBoundOf(blocks, overlays);
  const fit = new FirstFit(blocks, overlays);
  let best = fit.place(blocks);
  for (const order of [...usualOrders(blocks, overlays), ...furtherOrders(blocks)]) {
    if (best.bytes === lowerBound) break;
    const candidate = fit.place(order);
    if (candidate.bytes < best.bytes) best = candidate;
  }
  if (best.bytes > lowerBound && blocks.length > EXHAUSTIVE_BLOCKS) best = improve(best, fit, lowerBound);
  const placed = best.order
    .map((block) => ({ ...block, offset: best.offsets.get(block)! }))
    .sort((a, b) => a.first - b.first || a.offset - b.offset);
  return { placed, bytes: best.bytes, lowerBound };
}

interface Fit<B> {
  readonly order: readonly B[];
  readonly offsets: ReadonlyMap<B, number>;
  readonly bytes: number;
}

class FirstFit<B extends Block> {
  private readonly overlays = new Map<B, Map<B, Overlay<B>>>();
  private readonly rivals: ReadonlyMap<B, readonly B[]>;

  constructor(blocks: readonly B[], overlays: readonly Overlay<B>[]) {
    for (const overlay of overlays) {
      for (const [a, b] of [
        [overlay.input, overlay.writer],
        [overlay.writer, overlay.input],
      ] as const)
        this.overlays.set(a, (this.overlays.get(a) ?? new Map<B, Overlay<B>>()).set(b, overlay));
    }
    this.rivals = new Map(
      blocks.map((block) => [block, blocks.filter((rival) => rival !== block && meet(rival, block))]),
    );
  }

  /** Each block at the least offset that those before it allow. */
  place(order: readonly B[]): Fit<B> {
    const offsets = new Map<B, number>();
    let bytes = 0;
    for (const block of order) {
      const offset = this.leastOffset(block, offsets);
      offsets.set(block, offset);
      bytes = Math.max(bytes, offset + block.bytes);
    }
    return { order, offsets, bytes };
  }

  private leastOffset(block: B, offsets: ReadonlyMap<B, number>): number {
    const overlays = this.overlays.get(block);
    const rivals = this.rivals.get(block)!.filter((rival) => offsets.has(rival));
    let [offset, before] = [0, -1];
    while (offset !== before) {
      before = offset;
      for (const rival of rivals) {
        const placed = { ...rival, offset: offsets.get(rival)! };
        offset = nextOffset(offset, block, placed, overlays?.get(rival));
      }
    }
    return offset;
  }
}

function usualOrders<B extends Block>(blocks: readonly B[], overlays: readonly Overlay<B>[]): (readonly B[])[] {
  const hardness = new Map(blocks.map(({ first }) => [first, stepBytes(first, blocks, overlays)]));
  const hardest = (block: B): number =>
    [...hardness].reduce(
      (most, [step, bytes]) => (block.first <= step && step <= block.last ? Math.max(most, bytes) : most),
      0,
    );
  const hardestOf = new Map(blocks.map((block) => [block, hardest(block)]));
  const byHardness = (a: B, b: B): number => hardestOf.get(b)! - hardestOf.get(a)!;
  return [
    [...blocks].sort((a, b) => b.bytes - a.bytes || a.first - b.first),
    [...blocks].sort((a, b) => a.first - b.first || b.bytes - a.bytes),
    [...blocks].sort((a, b) => b.last - b.first - (a.last - a.first) || b.bytes - a.bytes),
    [...blocks].sort((a, b) => byHardness(a, b) || b.bytes - a.bytes || a.first - b.first),
    [...blocks].sort((a, b) => byHardness(a, b) || b.first - a.first || b.bytes - a.bytes),
  ];
}

function furtherOrders<B>(blocks: readonly B[]): Iterable<readonly B[]> {
  return blocks.length <= EXHAUSTIVE_BLOCKS ? permutations(blocks) : [];
}

/** Moves one block after the other to the front of the best order: those that end highest, or one by the way. */
function improve<B extends Block>(start: Fit<B>, fit: FirstFit<B>, lowerBound: number): Fit<B> {
  let best = start;
  for (let change = 0; change < MOST_CHANGES && best.bytes > lowerBound; change++) {
    const { order, offsets, bytes } = best;
    const highest = order.findIndex((block) => offsets.get(block)! + block.bytes === bytes);
    const moved = order[change % 2 === 0 ? highest : (change * 7919) % order.length]!;
    const rest = order.filter((block) => block !== moved);
    const at = change % 2 === 0 ? (change / 2) % order.length : (change * 104729) % order.length;
    const candidate = fit.place([...rest.slice(0, at), moved, ...rest.slice(at)]);
    if (candidate.bytes <= best.bytes) best = candidate;
  }
  return best;
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

import { type Block, meet, type Overlay } from './block-relation.js';

/** Up to this many blocks of one step that may overlap, every way of arranging them is looked at. */
const EXACT_BLOCKS = 5;

/**
 * Bytes that no plan can do without: the most over all steps of what the blocks alive there need by themselves, arranged in
 * the best way. Blocks that overlap nothing take their own bytes: without them the others lie no worse. Steps of overlays
 * are left out, which can only lower the bound.
 */
export function lowerBoundOf<B extends Block>(blocks: readonly B[], overlays: readonly Overlay<B>[]): number {
  const steps = new Set(blocks.map(({ first }) => first));
  return [...steps].reduce((most, step) => Math.max(most, stepBytes(step, blocks, overlays)), 0);
}

export function stepBytes<B extends Block>(
  step: number,
  blocks: readonly B[],
  overlays: readonly Overlay<B>[],
): number {
  const alive = blocks.filter((block) => block.first <= step && step <= block.last);
  const active = overlays.filter(({ input, writer }) => input.last === step && writer.first === step);
  const free = alive.filter((block) => active.some(({ input, writer }) => input === block || writer === block));
  const rest = alive.filter((block) => !free.includes(block)).reduce((sum, { bytes }) => sum + bytes, 0);
  return rest + leastExtent(free, active);
}

/** `behind` starts at least `bytes` after `before`; a negative number lets it start so far in front. */
interface Gap {
  readonly before: number;
  readonly behind: number;
  readonly bytes: number;
}

function leastExtent<B extends Block>(blocks: readonly B[], overlays: readonly Overlay<B>[]): number {
  const largest = blocks.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  if (blocks.length > EXACT_BLOCKS) return largest;
  const choices: (readonly (Gap | null)[])[] = [];
  blocks.forEach((a, i) => {
    blocks.slice(0, i).forEach((b, j) => {
      if (!meet(a, b)) return;
      const overlay = overlays.find(({ input, writer }) => [input, writer].includes(a) && [input, writer].includes(b));
      choices.push([
        ...(overlay === undefined ? [] : [overlaidGap(overlay, blocks)]),
        { before: i, behind: j, bytes: a.bytes },
        { before: j, behind: i, bytes: b.bytes },
      ]);
    });
  });
  const search = (chosen: readonly Gap[], next: number): number => {
    const extent = extentOf(blocks, chosen);
    const options = choices[next];
    if (extent === Infinity || options === undefined) return extent;
    return options.reduce(
      (least, gap) => Math.min(least, search(gap === null ? chosen : [...chosen, gap], next + 1)),
      Infinity,
    );
  };
  return search([], 0);
}

function overlaidGap<B extends Block>({ input, writer, most }: Overlay<B>, blocks: readonly B[]): Gap | null {
  return most === Infinity ? null : { before: blocks.indexOf(writer), behind: blocks.indexOf(input), bytes: -most };
}

/** The least end under all gaps, from the longest chain of them; Infinity if they contradict each other. */
function extentOf(blocks: readonly Block[], gaps: readonly Gap[]): number {
  const offsets = blocks.map(() => 0);
  for (let round = 0; round <= blocks.length; round++) {
    let moved = false;
    for (const { before, behind, bytes } of gaps) {
      const least = offsets[before]! + bytes;
      if (least <= offsets[behind]!) continue;
      offsets[behind] = least;
      moved = true;
    }
    if (!moved) return blocks.reduce((end, { bytes }, i) => Math.max(end, offsets[i]! + bytes), 0);
  }
  return Infinity;
}

import { expect, test } from 'vitest';
import { randomUnit } from '../testing/random-int32.js';
import { type Block, placeBlocks } from './place-blocks.js';

/** The least arena over all orders of placing each block as low as it goes, which contains an optimal one. */
function bruteForce(blocks: readonly Block[]): number {
  const place = (rest: readonly Block[], placed: readonly (Block & { offset: number })[]): number => {
    if (rest.length === 0) return Math.max(0, ...placed.map(({ offset, bytes }) => offset + bytes));
    return Math.min(
      ...rest.map((block, i) => {
        const rivals = placed.filter((other) => other.first <= block.last && block.first <= other.last);
        const offsets = [0, ...rivals.map(({ offset, bytes }) => offset + bytes)].sort((a, b) => a - b);
        const offset = offsets.find((at) =>
          rivals.every((rival) => at + block.bytes <= rival.offset || rival.offset + rival.bytes <= at),
        )!;
        return place([...rest.slice(0, i), ...rest.slice(i + 1)], [...placed, { ...block, offset }]);
      }),
    );
  };
  return place(blocks, []);
}

function randomBlocks(seed: number, count: number): Block[] {
  const random = randomUnit(seed);
  return Array.from({ length: count }, () => {
    const first = Math.floor(random() * 6);
    return { bytes: 4 * (1 + Math.floor(random() * 12)), first, last: first + Math.floor(random() * 4) };
  });
}

test.each(Array.from({ length: 40 }, (_, seed) => seed))(
  'seed %i: nothing overlaps, and no order of placing is better',
  (seed) => {
    const blocks = randomBlocks(seed, 6);
    const { placed, bytes, lowerBound } = placeBlocks(blocks);
    for (const a of placed) {
      for (const b of placed) {
        const together = a !== b && a.first <= b.last && b.first <= a.last;
        if (together) expect(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset).toBe(true);
      }
    }
    expect(bytes).toBe(bruteForce(blocks));
    expect(bytes).toBeGreaterThanOrEqual(lowerBound);
  },
);

test('a writer lies over its input as far as the overlay allows', () => {
  const [input, writer] = [
    { bytes: 64, first: 0, last: 1 },
    { bytes: 48, first: 1, last: 2 },
  ];
  const bytesWith = (most: number, step: number): number[] => {
    const { bytes, lowerBound } = placeBlocks([input, writer], [{ input, writer, most, step }]);
    return [bytes, lowerBound];
  };
  expect(bytesWith(0, 4)).toEqual([64, 64]);
  expect(bytesWith(0, Infinity)).toEqual([64, 64]);
  expect(bytesWith(Infinity, 1)).toEqual([64, 64]);
  expect(bytesWith(-16, 4)).toEqual([80, 80]);
  expect(bytesWith(-40, 4)).toEqual([104, 104]);
  expect(bytesWith(-20, 8)).toEqual([88, 84]);
  expect(bytesWith(-200, 4)).toEqual([112, 112]);
});

test('no blocks need no bytes', () => {
  expect(placeBlocks([])).toEqual({ placed: [], bytes: 0, lowerBound: 0 });
});

test('a chain of layers needs its two greatest neighbours', () => {
  const sizes = [64, 1152, 1152, 576, 128, 12];
  const { bytes, lowerBound } = placeBlocks(sizes.map((size, i) => ({ bytes: size, first: i, last: i + 1 })));
  expect([bytes, lowerBound]).toEqual([2304, 2304]);
});

import type { OneShift } from '../../arithmetic/one-shift.js';
import { cInt } from '../../emit/c-literal.js';
import type { SharedPart } from '../../operators/kernel.js';
import {
  type Bounds,
  DSP_PART,
  LOW_HALF_PART,
  OUTPUT_PART,
  outputLines,
  outputText,
  PAIR_OF_PART,
  part,
  shiftText,
  signText,
  skippedRound,
  suffix,
} from './parts.js';

/** Positions of a transformed tile: 4x4. Outputs of one: 2x2. */
export const POSITIONS = 16;

/** In which order the rows of a column of positions are worked on: three sums go on from each other, the last begins anew. */
export const ROW_ORDER = [1, 2, 0, 3] as const;

/** Tiles that are multiplied together. */
export const TILES = 3;

/** Code that one step takes: two inputs of three tiles and two output channels. */
const STEP = { steps: 4, bytes: 32 };

/** The parts of a layer and the names of its functions; `steps`: pairs of input channels. */
export function winogradParts(oneShift: OneShift, bounds: Bounds, steps: number) {
  const tiles = tilesPart(oneShift, bounds);
  const input = part('winograd_input', 'winograd-input', { lanes: ['', ', ror #8'], steps: columnSteps() });
  const parts = [
    DSP_PART,
    part('winograd_job', 'winograd-job'),
    LOW_HALF_PART,
    OUTPUT_PART,
    PAIR_OF_PART,
    part('pair_product', 'pair-product'),
    part('copy_bytes', 'copy-bytes'),
    input,
    tiles,
  ];
  return { parts, data: { tiles: tiles.symbol, ...skippedRound(steps, STEP) } };
}

/** Where the four columns' sums of a row lie on the stack. */
function columnSteps() {
  return ROW_ORDER.map((_, at) => ({
    first: cInt(96 + 4 * at),
    second: cInt(64 + 4 * at),
    third: cInt(32 + 4 * at),
    fourth: cInt(4 * at),
  }));
}

/** What the weights hold behind the products of a pair of channels: where both sums start, then the numbers of each. */
function numbersLayout({ signed }: OneShift) {
  const channelWords = signed ? 3 : 2;
  return { channelWords, words: 2 + 2 * channelWords };
}

function tilesPart(oneShift: OneShift, bounds: Bounds): SharedPart {
  const { channelWords, words } = numbersLayout(oneShift);
  return part(`winograd_tiles_${suffix(oneShift, bounds)}`, 'winograd-tiles', {
    shift: shiftText(oneShift),
    signText: signText(oneShift),
    sums: sumLines(),
    outputs: [
      ...channelLines(oneShift, bounds, ['r4', 'r5', 'r6', 'r7'], 8),
      ...channelLines(oneShift, bounds, ['r8', 'r9', 'r10', 'r11'], 8 + 4 * channelWords),
    ],
    numberBytes: cInt(4 * words),
    numberWords: cInt(words),
    channelWords: cInt(channelWords),
    output: outputText(oneShift, bounds, 'sums[i] << 2', (at) => `numbers[${cInt(at)}]`),
  });
}

/** Loads a channel's numbers from behind r1, and turns its four sums, each in a register and times 64, into outputs. */
function channelLines(oneShift: OneShift, bounds: Bounds, sums: readonly string[], offset: number): string[] {
  const { signed } = oneShift;
  return [
    ...sums.map((sum) => `lsl ${sum}, ${sum}, #2`),
    ...(signed ? [`ldr r0, [r1, #${offset}]`] : []),
    `ldrd r2, r3, [r1, #${signed ? offset + 4 : offset}]`,
    ...outputLines(oneShift, bounds, sums, 'r2', 'r3'),
  ];
}

/** Of both channels, the registers of the outputs above left, below left, above right and below right. */
const [A, B] = [
  { above: 'r4', below: 'r5', aboveRight: 'r6', belowRight: 'r7' },
  { above: 'r8', below: 'r9', aboveRight: 'r10', belowRight: 'r11' },
] as const;

/**
 * From the sums of each position to those of 2x2 outputs, both channels at once. Of each column r12 points to the sum of row 1, that of
 * rows 1 and 2, that of rows 0 to 2, and the negative one of row 3.
 */
function sumLines(): string[] {
  const row = (column: number, at: number): string => `[r12, #${96 * column + 24 * at}]`;
  const [one, two, upper, last] = [0, 1, 2, 3];
  /** Row 1 less rows 2 and 3, into registers that hold the negative of row 3. */
  const finish = (column: number, [a, b]: readonly [string, string], [s, t]: readonly [string, string]): string[] => [
    `ldrd ${s}, ${t}, ${row(column, one)}`,
    `add ${a}, ${a}, ${s}, lsl #1`,
    `add ${b}, ${b}, ${t}, lsl #1`,
    `ldrd ${s}, ${t}, ${row(column, two)}`,
    `sub ${a}, ${a}, ${s}`,
    `sub ${b}, ${b}, ${t}`,
  ];
  const load = ([a, b]: readonly [string, string], column: number, at: number): string =>
    `ldrd ${a}, ${b}, ${row(column, at)}`;
  const change = (
    how: 'add' | 'sub',
    [a, b]: readonly [string, string],
    [s, t]: readonly [string, string],
  ): string[] => [`${how} ${a}, ${a}, ${s}`, `${how} ${b}, ${b}, ${t}`];
  const [above, below] = [[A.above, B.above] as const, [A.below, B.below] as const];
  const [aboveRight, belowRight] = [[A.aboveRight, B.aboveRight] as const, [A.belowRight, B.belowRight] as const];
  const [spare, other] = [['r2', 'r3'] as const, ['r0', 'lr'] as const];
  return [
    load(above, 0, upper),
    load(below, 0, last),
    ...finish(0, below, spare),
    load(aboveRight, 1, upper),
    'ldrd r2, r3, [r1]',
    ...change('add', aboveRight, spare),
    load(belowRight, 1, last),
    ...change('add', belowRight, spare),
    ...finish(1, belowRight, spare),
    ...change('add', above, aboveRight),
    ...change('add', below, belowRight),
    load(spare, 2, upper),
    ...change('add', above, spare),
    ...change('sub', aboveRight, spare),
    load(spare, 2, last),
    ...finish(2, spare, other),
    ...change('add', below, spare),
    ...change('sub', belowRight, spare),
    load(spare, 3, upper),
    ...change('sub', aboveRight, spare),
    load(spare, 3, last),
    ...finish(3, spare, other),
    ...change('sub', belowRight, spare),
  ];
}

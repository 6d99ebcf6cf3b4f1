import { asWord, inUpperBits, type OneShift, type ShiftedChannel } from '../../arithmetic/one-shift.js';
import { cInt } from '../../emit/c-literal.js';
import type { SharedPart } from '../../operators/kernel.js';
import {
  type Bounds,
  DSP_PART,
  outputText,
  part,
  PLAIN_PARTS,
  saturateLines,
  scaleNumbers,
  shiftText,
  signText,
  suffix,
} from './parts.js';

/** How a channel's inputs lie in a plane of 16 bits each, from which a 3x3 window takes them. */
export interface PlaneLayout {
  readonly stride: 1 | 2;
  /** Cells of a row. One of a few numbers, so that layers share code. */
  readonly rowCells: number;
  /** Rows of outputs that a plane serves at a time, an even number. */
  readonly rows: number;
  /** Cells of a plane. Four planes lie one behind the other. */
  readonly cells: number;
}

/** Cells of a row, and rows of outputs; the last for windows that move by one alone, whose rows are loaded at smaller offsets. */
const LAYOUTS = {
  1: [
    [12, 8],
    [28, 8],
    [52, 8],
    [104, 4],
    [168, 2],
  ],
  2: [
    [12, 4],
    [28, 4],
    [52, 4],
    [104, 2],
  ],
} as const;

/** The layout for so many columns of outputs; null if a row would be too long for the instructions' offsets. */
export function planeLayout(stride: 1 | 2, columns: number): PlaneLayout | null {
  const tiles = Math.ceil(columns / 2);
  const cells = stride === 1 ? 2 * tiles + 2 : 4 * tiles + 2;
  const found = LAYOUTS[stride].find(([rowCells]) => rowCells >= cells);
  if (found === undefined) return null;
  const [rowCells, rows] = found;
  return { stride, rowCells, rows, cells: rowCells * ((rows - 1) * stride + 3) };
}

/** Bytes of a plane's row that one tile goes forward by. */
export function tileBytes({ stride }: PlaneLayout): number {
  return 4 * stride;
}

/** The parts of a layer: `padded` if the window reaches outside, `strips` if the planes are filled more than once, `odd` columns. */
export function planeParts(
  layout: PlaneLayout,
  oneShift: OneShift,
  bounds: Bounds,
  { padded, strips, odd }: { readonly padded: boolean; readonly strips: boolean; readonly odd: boolean },
) {
  const [expand, tiles] = [expandPart(layout), tilesPart(layout, oneShift, bounds, odd)];
  const parts = [
    DSP_PART,
    part('plane_job', 'plane-job'),
    ...PLAIN_PARTS,
    ...(padded ? [part('fill_cells', 'fill-cells')] : []),
    ...(strips ? [part('copy_cells', 'copy-cells')] : []),
    expand,
    tiles,
  ];
  return { parts, data: { expand: expand.symbol, tiles: tiles.symbol } };
}

function expandPart({ cells }: PlaneLayout): SharedPart {
  const after = (planes: number, moved: number): string => cInt(2 * planes * cells - moved);
  return part(`expand_planes_${cells}`, 'plane-expand', {
    cells: cInt(cells),
    oneLess: after(1, 4),
    twoLess: after(2, 4),
    threeLess: after(3, 4),
    oneLessHalf: after(1, 2),
    twoLessHalf: after(2, 2),
    threeLessHalf: after(3, 2),
  });
}

/** The registers of the four sums: the two columns of the first row, and those of the second. */
const SUMS = [
  ['r4', 'r5'],
  ['r6', 'r7'],
] as const;

/** Where a window's weights lie, in bytes; and how they come into registers, two to each. */
const WINDOWS = {
  1: {
    places: [0, 1, 3, 4, 5, 7, 8, 9, 11],
    unpack: [
      'sxtb16 r12, r10',
      'sxtb16 lr, r10, ror #8',
      'sxtb16 r10, r9',
      'sxtb16 r11, r9, ror #8',
      'sxtb16 r9, r8, ror #8',
      'sxtb16 r8, r8',
    ],
  },
  2: {
    places: [0, 2, 5, 1, 3, 7, 4, 6, 8],
    unpack: ['sxtb16 r12, r10', 'sxtb16 r11, r9, ror #8', 'sxtb16 r10, r9', 'sxtb16 r9, r8, ror #8', 'sxtb16 r8, r8'],
  },
} as const;

/** The first two and the last two weights of each row of the window. */
const PAIRS = [
  ['r8', 'r9'],
  ['r10', 'r11'],
  ['r12', 'lr'],
] as const;

/** For windows that move by two: the first two weights of each row, and the register and half of the third. */
const APART = [
  ['r8', 'smlabb', 'r11'],
  ['r9', 'smlatb', 'r11'],
  ['r10', 'smlabb', 'r12'],
] as const;

/** The products of row `i` of the window with four or five cells, for both columns. */
function rowProducts(stride: 1 | 2, i: number, [even, odd]: readonly [string, string], start: string | null): string[] {
  const [first, second] = [start ?? even, start ?? odd];
  if (stride === 1) {
    const [left, right] = PAIRS[i]!;
    return [
      `smlad ${even}, ${left}, r2, ${first}`,
      `smlatb ${even}, ${right}, r3, ${even}`,
      `smlabt ${odd}, ${left}, r2, ${second}`,
      `smlad ${odd}, ${right}, r3, ${odd}`,
    ];
  }
  const [left, third, last] = APART[i]!;
  return [
    `smlad ${even}, ${left}, r2, ${first}`,
    `${third} ${even}, ${last}, r3, ${even}`,
    `smlad ${odd}, ${left}, r3, ${second}`,
    `${third} ${odd}, ${last}, lr, ${odd}`,
  ];
}

/** The start of the sums comes in r7, the last of them to begin. */
function productLines({ stride, rowCells }: PlaneLayout): string[] {
  const bytes = 2 * rowCells;
  const load = (row: number): string[] => {
    const moved = 4 * stride;
    const pair = row === 0 ? `[r0], #${moved}` : `[r0, #${row * bytes - moved}]`;
    return [`ldrd r2, r3, ${pair}`, ...(stride === 2 ? [`ldr lr, [r0${row === 0 ? '' : `, #${row * bytes}`}]`] : [])];
  };
  return Array.from({ length: 3 + stride }, (_, row) => [
    ...load(row),
    ...SUMS.flatMap((sums, o) => {
      const i = row - o * stride;
      return i < 0 || i > 2 ? [] : rowProducts(stride, i, sums, i === 0 ? 'r7' : null);
    }),
  ]).flat();
}

/** All four sums become outputs in their registers. */
function outputLines({ shift, signed }: OneShift, bounds: Bounds): string[] {
  const sums = SUMS.flat();
  if (shift === null) {
    const products = sums.map((sum) => `smmla ${sum}, ${sum}, r2, r3`);
    const outputs = sums.flatMap((sum) => saturateLines('r2', bounds, sum));
    return ['ldrd r2, r3, [sp, #28]', ...products, 'ldr r2, [sp, #4]', ...outputs];
  }
  if (!signed) {
    const lines = sums.flatMap((sum) => [`smmla ${sum}, ${sum}, r2, r3`, ...saturateLines(shift, bounds, sum)]);
    return ['ldrd r2, r3, [sp, #28]', ...lines];
  }
  const lines = sums.flatMap((sum) => [
    `and r0, r1, ${sum}, asr #31`,
    `smmla ${sum}, ${sum}, r2, r3`,
    `sub ${sum}, ${sum}, r0`,
    ...saturateLines(shift, bounds, sum),
  ]);
  return ['push {r0, r1}', 'ldrd r2, r3, [sp, #36]', 'ldr r1, [sp, #12]', ...lines, 'pop {r0, r1}'];
}

/** Where a channel's words hold its numbers. Of sign and shift it has one at most. */
const NUMBERS_AT = { multiplier: 4, constant: 5, sign: 6, shift: 6 } as const;

function tilesPart(layout: PlaneLayout, oneShift: OneShift, bounds: Bounds, odd: boolean): SharedPart {
  const { stride, rowCells } = layout;
  const name = `plane_tiles_${stride}_${rowCells}_${suffix(oneShift, bounds)}${odd ? '_odd' : ''}`;
  return part(name, 'plane-tiles', {
    stride: cInt(stride),
    shift: shiftText(oneShift),
    signText: signText(oneShift),
    more: oneShift.signed || oneShift.shift === null,
    odd,
    unpack: [...WINDOWS[stride].unpack],
    products: productLines(layout),
    outputs: outputLines(oneShift, bounds),
    twoRows: cInt(4 * stride * rowCells),
    places: WINDOWS[stride].places.map((place) => cInt(place)).join(', '),
    tileHalf: cInt(tileBytes(layout) / 2),
    rowCells: cInt(rowCells),
    output: outputText(
      oneShift,
      bounds,
      'sum',
      (at) => `weights[${cInt(NUMBERS_AT[scaleNumbers(oneShift)[at]!.name])}]`,
    ),
  });
}

/** A channel's words: the window as the tiles read it, where the sums start, multiplier and constant, its sign. */
export function planeWords(
  stride: 1 | 2,
  window: Int8Array,
  start: number,
  { multiplier, constant, sign, shift }: ShiftedChannel,
  { shift: shared, signed }: OneShift,
): number[] {
  const bytes = new Int8Array(12);
  WINDOWS[stride].places.forEach((place, i) => {
    bytes[place] = window[i]!;
    // Of a row that is read as two pairs, the one in the middle is in both.
    if (stride === 1 && i % 3 === 1) bytes[place + 1] = window[i]!;
  });
  const view = new DataView(bytes.buffer);
  const taps = [0, 4, 8].map((offset) => view.getInt32(offset, true));
  return [
    ...taps,
    asWord(inUpperBits(start)),
    multiplier,
    constant,
    ...(signed ? [sign] : []),
    ...(shared === null ? [shift] : []),
  ];
}

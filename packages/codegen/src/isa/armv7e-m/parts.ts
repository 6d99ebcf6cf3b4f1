import { cInt } from '../../emit/c-literal.js';
import type { SharedPart } from '../../operators/kernel.js';
import type { OneShift, ShiftedChannel } from '../../arithmetic/one-shift.js';

/** What a layer's outputs are clamped to. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

const FOLDER = 'isa/armv7e-m';
export const part = (symbol: string, template: string, data: SharedPart['data'] = {}): SharedPart => ({
  symbol,
  template: `${FOLDER}/${template}.c.hbs`,
  data,
});

/** Defines PREFIX_DSP: whether the instructions for pairs of 16 bits are there. */
export const DSP_PART = part('dsp', 'dsp');

/** Define what stands for the instructions where they are missing. */
export const LOW_HALF_PART = part('low_half', 'low-half');
export const OUTPUT_PART = part('pair_output', 'pair-output', { guard: 'DSP' });
export const PLAIN_PARTS = [LOW_HALF_PART, part('low_byte', 'low-byte'), OUTPUT_PART];

/** Defines what puts two numbers of 16 bits into a word, where no instruction does. */
export const PAIR_OF_PART = part('pair_of', 'pair-of');

/** What all kernels for pairs of channels begin with. */
const COMMON: readonly SharedPart[] = [
  DSP_PART,
  part('pair_job', 'pair-job'),
  ...PLAIN_PARTS,
  PAIR_OF_PART,
  part('add_products', 'pair-plain'),
];

/** Code in a round that one step takes, in bytes: the way into the middle of a round is computed from it. */
const TILE = { steps: 4, bytes: 68 };
const ROWS = { steps: 2, bytes: 84 };

/** How many rounds do `steps` steps, and how many bytes of code the first of them leaves out. */
export function skippedRound(steps: number, { steps: each, bytes }: typeof TILE) {
  const rounds = Math.ceil(steps / each);
  return { rounds: cInt(rounds), skipped: cInt((rounds * each - steps) * bytes) };
}

/** What a tile of three positions reads. */
interface TileInputs {
  readonly filters: number;
  /** Bytes that lie side by side. */
  readonly run: number;
  readonly steps: number;
  readonly copied: boolean;
  /** So many runs share the word of what is left of each; 0 if each has its own. */
  readonly joined: number;
}

/** The parts that turn three positions at a time, and the names of their functions. */
export function tileParts(oneShift: OneShift, bounds: Bounds, { filters, run, steps, copied, joined }: TileInputs) {
  const tile = tilePart(oneShift, bounds, filters % 2 === 1);
  const expand = expandPart('expand_positions', 'expand', joined > 0 ? 0 : run % 4);
  const tails = joined > 0 ? [tailsPart(run, joined)] : [];
  const copies = copied ? [part('copy_bytes', 'copy-bytes')] : [];
  return {
    parts: [...COMMON, ...copies, expand, ...tails, tile],
    data: {
      expand: expand.symbol,
      tails: tails[0]?.symbol ?? '',
      tile: tile.symbol,
      ...skippedRound(steps, TILE),
    },
  };
}

/** Up to four bytes, run by run, that stand behind the whole words of each. */
function tailsPart(run: number, runs: number): SharedPart {
  const [tail, after] = [run % 4, run - (run % 4)];
  const bytes = Array.from({ length: tail * runs }, (_, i) => ({ run: Math.floor(i / tail), at: after + (i % tail) }));
  const loads = ['r7', 'r8', 'r9'].flatMap((word, p) =>
    bytes.flatMap((byte, i) => [
      `ldr r4, [r1, #${4 * (3 * byte.run + p)}]`,
      `ldrb ${i === 0 ? word : 'r4'}, [r4, #${byte.at}]`,
      ...(i === 0 ? [] : [`orr ${word}, ${word}, r4, lsl #${8 * i}`]),
    ]),
  );
  const text = (i: number): string =>
    bytes[i] === undefined ? '0' : `taps[${cInt(3 * bytes[i].run)} + p][${cInt(bytes[i].at)}]`;
  return part(`expand_tails_${run}_${runs}`, 'expand-tails', {
    after: cInt(after),
    loads,
    lowFirst: text(0),
    highFirst: text(2),
    lowSecond: text(1),
    highSecond: text(3),
  });
}

/** The same for one vector and six rows at a time. */
export function rowParts(oneShift: OneShift, bounds: Bounds, features: number, steps: number) {
  const [expand, tile] = [expandPart('expand_vector', 'expand-vector', features % 4), rowsPart(oneShift, bounds)];
  return {
    parts: [...COMMON, expand, tile],
    data: { expand: expand.symbol, tile: tile.symbol, ...skippedRound(steps, ROWS) },
  };
}

/** How the last one to three bytes come into a register, of a pointer that is not needed any more. */
const TAILS: Readonly<Record<number, (to: string, from: string) => readonly string[]>> = {
  1: (to, from) => [`ldrb ${to}, [${from}]`],
  2: (to, from) => [`ldrh ${to}, [${from}]`],
  3: (to, from) => [`ldrh ${to}, [${from}], #2`, `ldrb ${from}, [${from}]`, `orr ${to}, ${to}, ${from}, lsl #16`],
};

function expandPart(symbol: string, template: string, tail: number): SharedPart {
  const pointers =
    template === 'expand'
      ? [['r7', 'r1'] as const, ['r8', 'r2'] as const, ['r9', 'r3'] as const]
      : [['r12', 'r1'] as const];
  const of = (base: string, offset: string) => `x${base}[4 * words + ${offset}]`;
  const base = template === 'expand' ? '[p]' : '';
  return part(tail === 0 ? symbol : `${symbol}_${tail}`, template, {
    hasTail: tail > 0,
    tail: tail === 0 ? [] : pointers.flatMap(([to, from]) => [...TAILS[tail]!(to, from)]),
    tailText: tail === 0 ? '' : `Behind the last whole word stand ${cInt(tail)} more.`,
    tailSecond: tail > 1 ? of(base, '1') : '0',
    tailThird: tail > 2 ? of(base, '2') : '0',
  });
}

/** What is said of a sum below zero, in the comment, and of what the weights hold for it. */
export function signText({ signed }: OneShift): string {
  return signed ? `,\n * less a third number of the channel's before the shift where the sum is negative` : '';
}

/** The shift, in the comment. */
export function shiftText({ shift }: OneShift): string {
  return shift === null ? "the channel's shift" : cInt(shift);
}

/** The part of a function's name that tells how it makes outputs. */
export function suffix({ shift, signed }: OneShift, { low, high }: Bounds): string {
  const number = (value: number): string => (value < 0 ? `m${-value}` : String(value));
  const clamps = low === -128 && high === 127 ? '' : `_${number(low)}_${number(high)}`;
  return `${shift ?? 'own'}${signed ? '_signed' : ''}${clamps}`;
}

/** What the weights hold of each channel, and into which registers it is loaded. */
export function scaleNumbers({ shift, signed }: OneShift) {
  return [
    ...(signed ? [{ name: 'sign', register: 'r0' } as const] : []),
    { name: 'multiplier', register: 'r2' } as const,
    { name: 'constant', register: 'r3' } as const,
    ...(shift === null ? [{ name: 'shift', register: 'r10' } as const] : []),
  ];
}

/** A channel's numbers as the weights hold them. */
export function scaleWords(oneShift: OneShift, channel: ShiftedChannel): number[] {
  return scaleNumbers(oneShift).map(({ name }) => channel[name]);
}

/**
 * Loads the numbers of two channels and turns their sums, each in a register and times 256, into outputs. Two numbers each are
 * loaded at once. lr is free.
 */
function pairLines(
  oneShift: OneShift,
  bounds: Bounds,
  sums: readonly [readonly string[], readonly string[]],
): string[] {
  const names = scaleNumbers(oneShift).map(({ register }) => register);
  if (names.length > 2)
    return sums.flatMap((each) => [load(names), ...outputLines(oneShift, bounds, each, 'r2', 'r3')]);
  return [
    load(['r2', 'r3', 'r10', 'r11']),
    ...outputLines(oneShift, bounds, sums[0], 'r2', 'r3'),
    ...outputLines(oneShift, bounds, sums[1], 'r10', 'r11'),
  ];
}

function load(registers: readonly string[]): string {
  return `ldm.w r1!, {${registers.join(', ')}}`;
}

/** Turns sums, each in a register and times 256, into outputs. lr is free. */
export function outputLines(
  { shift, signed }: OneShift,
  bounds: Bounds,
  sums: readonly string[],
  multiplier: string,
  constant: string,
): string[] {
  return sums.flatMap((sum) => [
    ...(signed ? [`and lr, r0, ${sum}, asr #31`] : []),
    `smmla ${sum}, ${sum}, ${multiplier}, ${constant}`,
    ...(signed ? [`sub ${sum}, ${sum}, lr`] : []),
    ...saturateLines(shift ?? 'r10', bounds, sum),
  ]);
}

/** Shifts a register, by a number or by what is in another one, and keeps it within bounds. */
export function saturateLines(shift: number | string, { low, high }: Bounds, register: string): string[] {
  const bound = (value: number, condition: string) => [
    `cmp ${register}, #${value}`,
    `it ${condition}`,
    `mov${condition} ${register}, #${value}`,
  ];
  const shifted =
    typeof shift === 'number'
      ? [`ssat ${register}, #8, ${register}, asr #${shift}`]
      : [`asr ${register}, ${register}, ${shift}`, `ssat ${register}, #8, ${register}`];
  return [...shifted, ...(low === -128 ? [] : bound(low, 'lt')), ...(high === 127 ? [] : bound(high, 'gt'))];
}

/** The same in C, of a sum times 256; `numbers` is where the channel's numbers begin. */
export function outputText(oneShift: OneShift, { low, high }: Bounds, scaled: string, numbers: (at: number) => string) {
  const names = scaleNumbers(oneShift).map(({ name }) => name);
  const number = (name: (typeof names)[number], otherwise: string): string =>
    names.includes(name) ? numbers(names.indexOf(name)) : otherwise;
  const shift = number('shift', oneShift.shift === null ? '' : cInt(oneShift.shift));
  const scale = `${number('multiplier', '')}, ${number('constant', '')}, ${shift}, ${number('sign', '0')}`;
  return `pair_output(${scaled}, ${scale}, ${cInt(low)}, ${cInt(high)})`;
}

/** What both kinds of function are told of their outputs. */
function outputData(oneShift: OneShift, bounds: Bounds) {
  const words = scaleNumbers(oneShift).length;
  return {
    shift: shiftText(oneShift),
    signText: signText(oneShift),
    scaleWords: cInt(2 * words),
    first: outputText(oneShift, bounds, 'both - second', (at) => `scale[${cInt(at)}]`),
    second: outputText(oneShift, bounds, 'second << 8', (at) => `scale[${cInt(words + at)}]`),
  };
}

function tilePart(oneShift: OneShift, bounds: Bounds, odd: boolean): SharedPart {
  return part(`pair_tile_${suffix(oneShift, bounds)}${odd ? '_odd' : ''}`, 'pair-tile', {
    ...outputData(oneShift, bounds),
    odd,
    outputs: pairLines(oneShift, bounds, [
      ['r4', 'r6', 'r8'],
      ['r5', 'r7', 'r9'],
    ]),
  });
}

function rowsPart(oneShift: OneShift, bounds: Bounds): SharedPart {
  return part(`pair_rows_${suffix(oneShift, bounds)}`, 'pair-rows', {
    ...outputData(oneShift, bounds),
    outputs: [
      ...pairLines(oneShift, bounds, [['r4'], ['r5']]),
      ...pairLines(oneShift, bounds, [['r6'], ['r7']]),
      ...pairLines(oneShift, bounds, [['r8'], ['r9']]),
    ],
  });
}

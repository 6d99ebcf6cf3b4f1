import { cInt } from '../../emit/c-literal.js';
import type { SharedPart } from '../../operators/kernel.js';
import type { OneShift } from '../../arithmetic/one-shift.js';

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

/** Defines what stands for the instructions where they are missing. */
export const PLAIN_PARTS = [part('low_half', 'plain-halves'), part('pair_output', 'pair-output')];

/** What all kernels for pairs of channels begin with. */
const COMMON: readonly SharedPart[] = [
  DSP_PART,
  part('pair_job', 'pair-job'),
  ...PLAIN_PARTS,
  part('pair_of', 'pair-plain'),
];

/** Code in a round that one step takes, in bytes: the way into the middle of a round is computed from it. */
const TILE = { steps: 4, bytes: 68 };
const ROWS = { steps: 2, bytes: 84 };

/** How many rounds do `steps` steps, and how many bytes of code the first of them leaves out. */
function roundsOf(steps: number, { steps: each, bytes }: typeof TILE) {
  const rounds = Math.ceil(steps / each);
  return { rounds: cInt(rounds), skipped: cInt((rounds * each - steps) * bytes) };
}

/** The parts that turn three positions at a time, and the names of their functions. `run`: bytes that lie side by side. */
export function tileParts(oneShift: OneShift, bounds: Bounds, channels: number, run: number, steps: number) {
  const odd = channels % 2 === 1;
  const [expand, tile] = [expandPart('expand_positions', 'expand', run % 4), tilePart(oneShift, bounds, odd)];
  return {
    parts: [...COMMON, expand, tile],
    data: { expand: expand.symbol, tile: tile.symbol, ...roundsOf(steps, TILE) },
  };
}

/** The same for one vector and six rows at a time. */
export function rowParts(oneShift: OneShift, bounds: Bounds, features: number, steps: number) {
  const [expand, tile] = [expandPart('expand_vector', 'expand-vector', features % 4), rowsPart(oneShift, bounds)];
  return {
    parts: [...COMMON, expand, tile],
    data: { expand: expand.symbol, tile: tile.symbol, ...roundsOf(steps, ROWS) },
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

/** The part of a function's name that tells how it makes outputs. */
export function suffix({ shift, signed }: OneShift, { low, high }: Bounds): string {
  const number = (value: number): string => (value < 0 ? `m${-value}` : String(value));
  const clamps = low === -128 && high === 127 ? '' : `_${number(low)}_${number(high)}`;
  return `${shift}${signed ? '_signed' : ''}${clamps}`;
}

/** Where the numbers of the two channels of a pair come to lie: in registers, and at an index of `scale`. */
const SCALES = {
  unsigned: { load: '{r2, r3, r10, r11}', words: 4, at: [0, 2], signAt: [null, null] },
  signed: { load: '{r0, r2, r3, r10, r11, r12}', words: 6, at: [1, 3], signAt: [0, 5] },
} as const;

const scalesOf = ({ signed }: OneShift) => SCALES[signed ? 'signed' : 'unsigned'];

/** Multiplier, constant and sign of the first and of the second channel. */
const SCALE_REGISTERS = [
  ['r2', 'r3', 'r0'],
  ['r10', 'r11', 'r12'],
] as const;

/** Instructions that turn the sum in a register, times 256, into an output. lr is free. */
function outputLines({ shift, signed }: OneShift, { low, high }: Bounds, register: string, channel: 0 | 1) {
  const [multiplier, constant, sign] = SCALE_REGISTERS[channel];
  return [
    ...(signed ? [`and lr, ${sign}, ${register}, asr #31`] : []),
    `smmla ${register}, ${register}, ${multiplier}, ${constant}`,
    ...(signed ? [`sub ${register}, ${register}, lr`] : []),
    ...saturateLines(shift, { low, high }, register),
  ];
}

/** Shifts a register and keeps it within bounds. */
export function saturateLines(shift: number, { low, high }: Bounds, register: string): string[] {
  const bound = (value: number, condition: string) => [
    `cmp ${register}, #${value}`,
    `it ${condition}`,
    `mov${condition} ${register}, #${value}`,
  ];
  return [
    `ssat ${register}, #8, ${register}, asr #${shift}`,
    ...(low === -128 ? [] : bound(low, 'lt')),
    ...(high === 127 ? [] : bound(high, 'gt')),
  ];
}

/** The same in C, of the sum of both or of the second channel. */
function outputText(oneShift: OneShift, { low, high }: Bounds, scaled: string, channel: 0 | 1): string {
  const { at, signAt } = scalesOf(oneShift);
  const [multiplier, sign] = [at[channel], signAt[channel]];
  const numbers = `scale[${multiplier}], scale[${multiplier + 1}], ${cInt(oneShift.shift)}`;
  return `pair_output(${scaled}, ${numbers}, ${sign === null ? '0' : `scale[${sign}]`}, ${cInt(low)}, ${cInt(high)})`;
}

/** What both kinds of function are told of their outputs. */
function outputData(oneShift: OneShift, bounds: Bounds) {
  const { load, words } = scalesOf(oneShift);
  return {
    shift: cInt(oneShift.shift),
    signText: signText(oneShift),
    load,
    scaleWords: cInt(words),
    first: outputText(oneShift, bounds, 'both - second', 0),
    second: outputText(oneShift, bounds, 'second << 8', 1),
  };
}

function tilePart(oneShift: OneShift, bounds: Bounds, odd: boolean): SharedPart {
  return part(`pair_tile_${suffix(oneShift, bounds)}${odd ? '_odd' : ''}`, 'pair-tile', {
    ...outputData(oneShift, bounds),
    odd,
    outputs: [
      ...['r4', 'r6', 'r8'].map((register) => outputLines(oneShift, bounds, register, 0)),
      ...['r5', 'r7', 'r9'].map((register) => outputLines(oneShift, bounds, register, 1)),
    ],
  });
}

function rowsPart(oneShift: OneShift, bounds: Bounds): SharedPart {
  const pairs = [
    ['r4', 'r5'],
    ['r6', 'r7'],
    ['r8', 'r9'],
  ] as const;
  return part(`pair_rows_${suffix(oneShift, bounds)}`, 'pair-rows', {
    ...outputData(oneShift, bounds),
    pairs: pairs.map(([a, b]) => [outputLines(oneShift, bounds, a, 0), outputLines(oneShift, bounds, b, 1)]),
  });
}

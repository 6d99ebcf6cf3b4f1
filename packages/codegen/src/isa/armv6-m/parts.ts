import type { OneShift } from '../../arithmetic/one-shift.js';
import { cInt } from '../../emit/c-literal.js';
import type { SharedPart } from '../../operators/kernel.js';
import { type Bounds, outputText, scaleNumbers, shiftText, signText, suffix } from '../armv7e-m/parts.js';

const part = (symbol: string, template: string, folder = 'armv6-m', data: SharedPart['data'] = {}): SharedPart => ({
  symbol,
  template: `isa/${folder}/${template}.c.hbs`,
  data,
});

/** What all kernels of the set begin with. */
const COMMON: readonly SharedPart[] = [
  part('thumb', 'thumb'),
  part('low_byte', 'thumb-plain'),
  part('pair_output', 'pair-output', 'armv7e-m', { guard: 'THUMB' }),
];

/** The parts that turn four positions at a time. */
export function positionParts(oneShift: OneShift, bounds: Bounds) {
  const tile = part(`position_tile_${suffix(oneShift, bounds)}`, 'position-tile', 'armv6-m', {
    shift: shiftText(oneShift),
    signText: signText(oneShift),
    bytes: SECOND_TO_FOURTH,
    apart: APART,
    scales: scaleLines(oneShift),
    outputs: ['r9', 'r8', 'r11', 'r10'].flatMap((sum, p) => [
      ...outputLines(oneShift, bounds, sum),
      `ldr r5, [sp, #${4 * p}]`,
      'strb r7, [r5, r0]',
    ]),
    output: outputText(oneShift, bounds, 'sums[p] << 8', (at) => `weights[${cInt(at)}]`),
    scaleWords: cInt(scaleNumbers(oneShift).length),
  });
  return {
    parts: [
      ...COMMON,
      part('position_job', 'position-job'),
      part('half_of', 'position-plain'),
      part('expand_positions', 'expand-positions'),
      tile,
    ],
    tile: tile.symbol,
  };
}

/** How the second to fourth byte of r2 come into r3. */
const SECOND_TO_FOURTH = [
  ['lsls r3, r2, #16', 'asrs r3, r3, #24'],
  ['lsls r3, r2, #8', 'asrs r3, r3, #24'],
  ['asrs r3, r2, #24'],
];

/** Adds what r6 and r7 hold, two sums each, to four of 32 bits. The lower ones come out 2^15 too great. */
const APART = [
  ...['asrs r4, r6, #16', 'add r8, r4', 'uxth r6, r6', 'add r9, r6'],
  ...['asrs r4, r7, #16', 'add r10, r4', 'uxth r7, r7', 'add r11, r7'],
];

/** Loads a channel's numbers: halves of the multiplier to r2 and r3, the constant to r4, sign and shift to r12 and lr. */
function scaleLines({ shift, signed }: OneShift): string[] {
  return [
    ...(signed ? ['ldm r1!, {r2}', 'mov r12, r2'] : []),
    'ldm r1!, {r2, r4}',
    ...(shift === null ? ['ldm r1!, {r5}', 'mov lr, r5'] : []),
    'lsrs r3, r2, #16',
    'uxth r2, r2',
  ];
}

/**
 * From a sum in an upper register to an output in r7: the upper bits of its product with the multiplier by four products of
 * 16 bits each. Overwrites r5 and r6.
 */
function outputLines({ shift, signed }: OneShift, { low, high }: Bounds, sum: string): string[] {
  return [
    ...[`mov r5, ${sum}`, 'asrs r6, r5, #16', 'uxth r5, r5'],
    ...['mov r7, r5', 'muls r7, r2, r7', 'lsrs r7, r7, #16', 'muls r5, r3, r5', 'adds r7, r7, r5'],
    ...['mov r5, r6', 'muls r5, r2, r5', 'adds r7, r7, r5', 'asrs r7, r7, #8'],
    ...['muls r6, r3, r6', 'lsls r6, r6, #8', 'adds r7, r7, r6', 'adds r7, r7, r4'],
    ...(signed ? [`mov r5, ${sum}`, 'asrs r5, r5, #31', 'mov r6, r12', 'ands r5, r5, r6', 'subs r7, r7, r5'] : []),
    ...(shift === null ? ['mov r5, lr', 'asrs r7, r7, r5'] : [`asrs r7, r7, #${shift}`]),
    ...['sxtb r5, r7', 'cmp r5, r7', 'beq 6f', 'asrs r7, r7, #31', 'movs r5, #127', 'eors r7, r7, r5', '6:'],
    ...(low === -128 ? [] : boundLines(low, 'bge')),
    ...(high === 127 ? [] : boundLines(high, 'ble')),
  ];
}

function boundLines(bound: number, within: 'bge' | 'ble'): string[] {
  const value = bound < 0 ? [`movs r5, #${-1 - bound}`, 'mvns r5, r5'] : [`movs r5, #${bound}`];
  return [...value, 'cmp r7, r5', `${within} 6f`, 'mov r7, r5', '6:'];
}

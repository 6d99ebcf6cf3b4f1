import { asWord, type OneShift } from '../../arithmetic/one-shift.js';
import { scaleWords } from './parts.js';
import type { ShiftedLayer } from './shifted-layer.js';
import { ROW_ORDER } from './winograd-parts.js';

/** Twice the matrix G of F(2x2, 3x3). Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2015), section 4.1. */
const TWICE_G = [
  [2, 0, 0],
  [1, 1, 1],
  [1, -1, 1],
  [0, 0, 2],
] as const;

/** Both transforms are doubled; 16 times that, and sums are 64 times what the window gives. */
const SCALED_BY = 16;
const SUMS_SCALED_BY = 64;

/**
 * The words of all pairs of output channels: at each position the transformed weights of both channels, in the order in which
 * inputs are transformed, then where both sums start, and the numbers of each channel.
 *
 * `windows`: of each output channel the weights [3, 3, channels].
 */
export function winogradWords(layer: ShiftedLayer, windows: readonly Int8Array[], channels: number): Int32Array {
  const { oneShift, starts } = layer;
  const transformed = windows.map((window) => transformWindow(window, channels));
  const words: number[] = [];
  for (let o = 0; o < windows.length; o += 2) {
    for (let column = 0; column < 4; column++) {
      for (const row of ROW_ORDER) {
        for (const [low, high] of channelPairs(channels)) {
          for (const values of [transformed[o]!, transformed[o + 1]!]) {
            const at = (4 * row + column) * channels;
            words.push((values[at + low]! & 0xffff) | (values[at + high]! << 16));
          }
        }
      }
    }
    words.push(...numbers(oneShift, starts, o));
  }
  return Int32Array.from(words);
}

function numbers(oneShift: OneShift, starts: readonly number[], first: number): number[] {
  const pair = [first, first + 1];
  return [
    ...pair.map((o) => asWord(SUMS_SCALED_BY * starts[o]!)),
    ...pair.flatMap((o) => scaleWords(oneShift, oneShift.channels[o]!)),
  ];
}

/** Of each four channels first 1 and 3, then 0 and 2. */
function channelPairs(channels: number): (readonly [number, number])[] {
  return Array.from({ length: channels / 2 }, (_, step) => {
    const low = 4 * Math.floor(step / 2) + 1 - (step % 2);
    return [low, low + 2] as const;
  });
}

/** [3, 3, channels] to [4, 4, channels], at most 16 * 9 * 128 = 18,432; row 3 is negative, as its sums are taken off. */
function transformWindow(window: Int8Array, channels: number): Int16Array {
  const values = new Int16Array(16 * channels);
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) {
      for (let k = 0; k < channels; k++) {
        let sum = 0;
        for (let i = 0; i < 3; i++) {
          for (let j = 0; j < 3; j++) {
            sum += TWICE_G[row]![i]! * TWICE_G[column]![j]! * window[(3 * i + j) * channels + k]!;
          }
        }
        values[(4 * row + column) * channels + k] = SCALED_BY * (row === 3 ? -sum : sum);
      }
    }
  }
  return values;
}

import type { Activation } from '@kiln/ir';
import { asWord, inUpperBits, type OneShift, type ShiftedChannel } from '../../arithmetic/one-shift.js';
import type { Weighted } from '../../operators/weighted.js';
import { type Bounds, scaleWords } from './parts.js';
import { shiftedLayerOf } from './shifted-layer.js';

/** A layer whose output channels go two by two. */
export interface PairLayer {
  readonly oneShift: OneShift;
  readonly bounds: Bounds;
  /** Per pair or group of pairs: where the sums start, the weights, multiplier and constant of each channel. */
  readonly weights: Int32Array;
  /** Of the weights, a pair or a group takes so many. */
  readonly groupWords: number;
}

/**
 * Packs a layer with int8 weights, or answers null where that is not exact: no shift that all channels share reproduces
 * the two roundings of each (see `findOneShift`), a sum may reach 2^23, or a pair of weights does not fit 16 bits.
 *
 * `rows`: the weights of each output channel in the order in which the kernel reads its inputs, a multiple of four, zeros
 * where it reads what is no input. `pairs`: pairs of channels that are computed together.
 */
export function pairLayerOf(
  weighted: Weighted,
  activation: Activation,
  where: string,
  rows: readonly Int8Array[],
  pairs: 1 | 3,
): PairLayer | null {
  const layer = shiftedLayerOf(weighted, activation, where, rows);
  if (layer === null) return null;
  const { oneShift, bounds, starts } = layer;
  const groups = Math.ceil(rows.length / (2 * pairs));
  const words = Array.from({ length: groups }, (_, g) => groupWords(rows, starts, oneShift, 2 * pairs * g, pairs));
  if (words.some((group) => group === null)) return null;
  return { oneShift, bounds, weights: Int32Array.from(words.flatMap((group) => group!)), groupWords: words[0]!.length };
}

/** Stands in the last group for channels beyond the end. */
const NOTHING: ShiftedChannel = { multiplier: 0, constant: 0, sign: 0, shift: 0 };

/** Null where a pair of weights does not fit. */
function groupWords(
  rows: readonly Int8Array[],
  starts: readonly number[],
  oneShift: OneShift,
  first: number,
  pairs: number,
): number[] | null {
  const length = rows[0]!.length;
  const zeros = new Int8Array(length);
  const rowOf = (o: number): Int8Array => rows[o] ?? zeros;
  const words: number[] = [];
  for (let p = 0; p < pairs; p++) {
    const [a, b] = [first + 2 * p, first + 2 * p + 1];
    words.push(asWord(inUpperBits(starts[a] ?? 0) + (starts[b] ?? 0)), starts[b] ?? 0);
  }
  for (let k = 0; k < length; k += 4) {
    for (const [low, high] of [
      [k, k + 2],
      [k + 1, k + 3],
    ] as const) {
      for (let p = 0; p < pairs; p++) {
        const [a, b] = [rowOf(first + 2 * p), rowOf(first + 2 * p + 1)];
        const [lower, upper] = [256 * a[low]! + b[low]!, 256 * a[high]! + b[high]!];
        if (Math.min(lower, upper) < -32768) return null;
        words.push((lower & 0xffff) | (upper << 16));
      }
    }
  }
  for (let o = first; o < first + 2 * pairs; o++) words.push(...scaleWords(oneShift, oneShift.channels[o] ?? NOTHING));
  return words;
}

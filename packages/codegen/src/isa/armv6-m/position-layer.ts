import type { Activation } from '@kiln/ir';
import type { OneShift } from '../../arithmetic/one-shift.js';
import type { Weighted } from '../../operators/weighted.js';
import { type Bounds, scaleWords } from '../armv7e-m/parts.js';
import { type ShiftedLayer, shiftedLayerOf } from '../armv7e-m/shifted-layer.js';

/** A layer whose positions go four by four. */
export interface PositionLayer {
  readonly oneShift: OneShift;
  readonly bounds: Bounds;
  readonly weights: Int32Array;
  /** Weights of which a part is added by itself. */
  readonly apart: number;
}

/** Products of so many weights are summed up in 16 bits: whatever the input, if these add up to MOST at most. */
const BLOCK = 4;
const MOST = 255;

/** Sums of 16 bits are held this much greater, so that they are never negative. */
const RAISED = 32768;

/** With multipliers below this the middle of the product of a sum below 2^23 in magnitude stays in 32 bits, signed. */
const MULTIPLIER_LIMIT = 32640 * 65536;

/** The numbers of `shiftedLayerOf`, if the instructions can multiply by them. */
function narrowLayerOf(
  weighted: Weighted,
  activation: Activation,
  where: string,
  rows: readonly Int8Array[],
): ShiftedLayer | null {
  const layer = shiftedLayerOf(weighted, activation, where, rows);
  const fits = layer?.oneShift.channels.every(({ multiplier }) => multiplier < MULTIPLIER_LIMIT);
  return fits === true ? layer : null;
}

/** Packs a layer with int8 weights, or answers null where no shift reproduces the two roundings. `rows`: see `pairLayerOf`. */
export function positionLayerOf(
  weighted: Weighted,
  activation: Activation,
  where: string,
  rows: readonly Int8Array[],
): PositionLayer | null {
  const layer = narrowLayerOf(weighted, activation, where, rows);
  if (layer === null) return null;
  const { oneShift, bounds, starts } = layer;
  let apart = 0;
  const weights = rows.flatMap((row, o) => {
    const { kept, excess } = lighten(row);
    apart += excess.length;
    const words = new DataView(kept.buffer);
    const blocks = Array.from({ length: row.length / BLOCK }, (_, i) => words.getInt32(BLOCK * i, true));
    const lower = starts[o]! - RAISED * (blocks.length + excess.length);
    return [starts[o]!, lower, ...blocks, ...excess, 0, ...scaleWords(oneShift, oneShift.channels[o]!)];
  });
  return { oneShift, bounds, weights: Int32Array.from(weights), apart };
}

/** Takes from each block what is too much, the greatest weights first: 256 times the offset of the inputs, plus the part. */
function lighten(row: Int8Array): { readonly kept: Int8Array; readonly excess: readonly number[] } {
  const kept = Int8Array.from(row);
  const excess: number[] = [];
  for (let first = 0; first < row.length; first += BLOCK) {
    const block = kept.subarray(first, first + BLOCK);
    let over = block.reduce((sum, w) => sum + Math.abs(w), 0) - MOST;
    while (over > 0) {
      const at = block.reduce((best, w, k) => (Math.abs(w) > Math.abs(block[best]!) ? k : best), 0);
      const taken = Math.sign(block[at]!) * Math.min(over, Math.abs(block[at]!));
      block[at]! -= taken;
      over -= Math.abs(taken);
      excess.push(256 * 8 * (first + at) + (taken & 0xff));
    }
  }
  return { kept, excess };
}

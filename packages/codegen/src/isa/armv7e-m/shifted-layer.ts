import type { Activation } from '@kiln/ir';
import { type ChannelStage, findOneShift, type OneShift, PAIR_LIMIT } from '../../arithmetic/one-shift.js';
import { integerActivationRange, integerLimits } from '../../operators/activation.js';
import { channelScales, outputStage, type Weighted, zeroPointOf } from '../../operators/weighted.js';
import type { Bounds } from './parts.js';

/** A layer whose channels all shift by the same amount. */
export interface ShiftedLayer {
  readonly oneShift: OneShift;
  readonly bounds: Bounds;
  /** Where each channel's sum of weights times inputs starts: its bias, and what the input's zero point takes. */
  readonly starts: readonly number[];
}

/**
 * Finds the numbers for a layer with int8 weights, or answers null where that is not exact: no shift that all channels share
 * reproduces the two roundings of each (see `findOneShift`), or a sum may reach 2^23.
 *
 * `rows`: the weights of each output channel; whatever the input, padding included, its inputs are of int8.
 */
export function shiftedLayerOf(
  weighted: Weighted,
  activation: Activation,
  where: string,
  rows: readonly Int8Array[],
): ShiftedLayer | null {
  const { biasOf, finish } = outputStage(weighted, activation, where);
  const zeroPoint = zeroPointOf(weighted.x);
  const scales = channelScales(weighted, where);
  const ranges = rows.map((row, o) => rangeOf(row, biasOf(o), zeroPoint));
  // A sum that a great bias lifts out of reach is held less by that much; what follows from it is proven all the same.
  const lifts = ranges.map(({ least, greatest }) =>
    Math.max(-least, greatest) < PAIR_LIMIT ? 0 : Math.round((least + greatest) / 2),
  );
  const stages = ranges.map(({ least, greatest }, o): ChannelStage => ({
    output: (sum) => finish(sum + lifts[o]!, o),
    least: least - lifts[o]!,
    greatest: greatest - lifts[o]!,
    scale: scales[o]!,
  }));
  const bounds = integerActivationRange(activation, weighted.y);
  const oneShift = findOneShift(stages, bounds);
  if (oneShift === null) return null;
  const starts = rows.map((row, o) => biasOf(o) - lifts[o]! - zeroPoint * row.reduce((sum, w) => sum + w, 0));
  return { oneShift, bounds, starts };
}

/** What a channel's sum can be, whatever the input. */
function rangeOf(row: Int8Array, bias: number, zeroPoint: number): { least: number; greatest: number } {
  const { low, high } = integerLimits('int8');
  let [least, greatest] = [bias, bias];
  for (const w of row) {
    least += w * ((w > 0 ? low : high) - zeroPoint);
    greatest += w * ((w > 0 ? high : low) - zeroPoint);
  }
  return { least, greatest };
}

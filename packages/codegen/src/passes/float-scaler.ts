import type { Tensor } from '@kiln/ir';
import { requantizationOf, roundHalfAway } from '../arithmetic/requantization.js';
import { integerLimits } from '../operators/activation.js';
import { MEAN_FRACTION_BITS } from '../operators/standardize/integer-scaler.js';
import { scaleOf, zeroPointOf } from '../operators/weighted.js';

/**
 * What float32 makes of a byte x: quantize(fround(fround(x - mean) * factor)), or with `unit`
 * quantize(round(fround(fround(x - mean) * factor)) * unit).
 */
export interface FloatScaler {
  readonly mean: number;
  readonly factor: number;
  readonly unit: number | null;
}

/** One element of an integer scaler. */
export interface ScalerTask {
  readonly mean: number;
  readonly factor: number;
  /** The integer of each byte. */
  readonly wanted: readonly number[];
  /** Whose scale, zero point and type the integers have. */
  readonly output: Tensor;
}

const { fround } = Math;

/** How far constants are moved, in units in the last place of float32, until every byte gives the same. */
const MOST_STEPS = 40;
const MOST_UNIT_STEPS = 12;

/** An affine function; the scaler's own if it will do. Null if none of those tried does. */
export function affineScaler(task: ScalerTask): FloatScaler | null {
  const own = { mean: task.mean, factor: task.factor, unit: null };
  if (agrees(own, task)) return own;
  const middle = middleLine(task);
  for (const factorSteps of outwards(MOST_STEPS)) {
    for (const meanSteps of outwards(MOST_STEPS)) {
      const mean = movedBy(middle.mean, meanSteps);
      const moved = { mean, factor: movedBy(middle.factor, factorSteps), unit: null };
      if (agrees(moved, task)) return moved;
    }
  }
  return null;
}

/**
 * Rounds where the integers do: once behind the product with 31 bits, at 2^-shift of a step, and once to whole steps. What lies between
 * two steps goes away from zero, so the unit is a trifle greater than the share of a step that it stands for.
 */
export function roundingScaler(task: ScalerTask): FloatScaler | null {
  const unit = 2 ** MEAN_FRACTION_BITS;
  const scale = scaleOf(task.output);
  const mean = Math.round(task.mean * unit) / unit;
  const { multiplier, shift } = requantizationOf(task.factor / (unit * scale), 'scaler');
  const share = shift < 0 ? 2 ** shift : 1;
  const factor = (multiplier * 2 ** (shift - 31) * unit) / share;
  for (const unitSteps of outwards(MOST_UNIT_STEPS)) {
    for (const factorSteps of outwards(MOST_UNIT_STEPS)) {
      const moved = {
        mean,
        factor: movedBy(fround(factor), factorSteps),
        unit: movedBy(fround(scale * share), unitSteps),
      };
      if (agrees(moved, task)) return moved;
    }
  }
  return null;
}

/** As `quantize` makes integers of floats. Source: TensorFlow Lite, `AffineQuantize`; `ROUND` goes to even. */
function agrees({ mean, factor, unit }: FloatScaler, { wanted, output }: ScalerTask): boolean {
  const [scale, zeroPoint] = [scaleOf(output), zeroPointOf(output)];
  const { low, high } = integerLimits(output.dtype);
  for (let input = 0; input < wanted.length; input++) {
    const scaled = fround(fround(input - mean) * factor);
    const value = unit === null ? scaled : fround(roundToEven(scaled) * unit);
    const steps = roundHalfAway(fround(value / scale)) + zeroPoint;
    if (Math.max(low, Math.min(high, steps)) !== wanted[input]) return false;
  }
  return true;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest === 0.5 ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(value);
}

/** How far the slope may lie from the scaler's, as a share of it. */
const SLOPE_RANGE = 1e-3;
const THIRDS = 100;

/**
 * The line that keeps furthest from all limits between which it must pass: t(x) - 1/2 <= slope * x + offset <= t(x) + 1/2, where t(x) is
 * not an end of the type. How much room a slope leaves for the offset is concave in the slope, so thirds find the most.
 */
function middleLine({ mean, factor, wanted, output }: ScalerTask): { readonly mean: number; readonly factor: number } {
  const scale = scaleOf(output);
  const { low, high } = integerLimits(output.dtype);
  const limits = wanted.map((integer, x) => {
    const steps = integer - zeroPointOf(output);
    return { x, least: integer === low ? -Infinity : steps - 0.5, most: integer === high ? Infinity : steps + 0.5 };
  });
  const offsets = (slope: number): readonly [least: number, most: number] => [
    limits.reduce((most, { x, least }) => Math.max(most, least - slope * x), -Infinity),
    limits.reduce((least, { x, most }) => Math.min(least, most - slope * x), Infinity),
  ];
  const room = (slope: number): number => offsets(slope)[1] - offsets(slope)[0];
  let [from, to] = [(factor * (1 - SLOPE_RANGE)) / scale, (factor * (1 + SLOPE_RANGE)) / scale];
  for (let i = 0; i < THIRDS; i++) {
    const [left, right] = [from + (to - from) / 3, to - (to - from) / 3];
    if (room(left) < room(right)) from = left;
    else to = right;
  }
  const slope = (from + to) / 2;
  const [least, most] = offsets(slope);
  const isBounded = Number.isFinite(least) && Number.isFinite(most) && slope !== 0;
  return isBounded ? { mean: fround(-(least + most) / 2 / slope), factor: fround(slope * scale) } : { mean, factor };
}

/** 0, 1, -1, 2, -2 and so on. */
function outwards(most: number): number[] {
  return Array.from({ length: 2 * most + 1 }, (_, i) => (i % 2 === 1 ? (i + 1) / 2 : -i / 2));
}

/** So many float32 further from zero. */
function movedBy(value: number, steps: number): number {
  const bits = new Int32Array(Float32Array.of(value).buffer);
  return value === 0 ? value : new Float32Array(Int32Array.of(bits[0]! + steps).buffer)[0]!;
}

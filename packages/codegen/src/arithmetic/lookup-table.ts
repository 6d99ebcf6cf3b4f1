import { roundHalfAway } from './requantization.js';

const { fround } = Math;

/** A tensor's quantization as a whole. */
export interface LookupScale {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A float32 function; its results need not be rounded. */
type Transform = (value: number) => number;

/**
 * y of every int8 x from -128 on, in float32 operations: scale_x * (x - z_x), the function, times 1 / scale_y rounded half
 * away from zero, plus z_y; saturated.
 *
 * Source: TensorFlow Lite, `LUTPopulateInt8`.
 */
export function lookupTable8(x: LookupScale, y: LookupScale, transform: Transform): Int8Array {
  const inverse = fround(1 / y.scale);
  return Int8Array.from({ length: 256 }, (_, i) => {
    const real = fround(transform(fround(x.scale * (i - 128 - x.zeroPoint))));
    const rounded = roundHalfAway(fround(real * inverse));
    return Math.max(-128, Math.min(127, Math.trunc(fround(rounded + y.zeroPoint))));
  });
}

/** Steps of an int16 table: 9 bits of x choose one, 7 lie within it. */
const STEPS = 512;
const LEAST = -32768;
const MOST = 32767;

/**
 * 513 samples of the function over all int16 x, each moved by half of what a straight line to the next would miss in the
 * middle. In float32 operations; zero points are 0. What works out as no number, between infinite results, is 0.
 *
 * Source: TensorFlow Lite, `LUTPopulateInt16`.
 */
export function lookupTable16(scaleX: number, scaleY: number, transform: Transform): Int16Array {
  return sampledTable16({ scale: scaleX, zeroPoint: 0 }, scaleY, transform);
}

/** The same where x has a zero point, which may be any integer. */
export function sampledTable16(x: LookupScale, scaleY: number, transform: Transform): Int16Array {
  const [from, to] = [fround(x.scale * (LEAST - x.zeroPoint)), fround(x.scale * (MOST - x.zeroPoint))];
  const step = fround(fround(to - from) / STEPS);
  const inverse = fround(65536 / fround(fround(scaleY * MOST) - fround(scaleY * LEAST)));
  const scaled = (real: number): number => fround(fround(transform(real)) * inverse);
  const sample = (value: number): number => (Number.isNaN(value) ? 0 : Math.max(LEAST, Math.min(MOST, value)));
  return Int16Array.from({ length: STEPS + 1 }, (_, i) => {
    if (i === STEPS) return sample(roundHalfAway(scaled(to)));
    const start = fround(from + fround(i * step));
    const value = roundHalfAway(scaled(start));
    const next = scaled(fround(from + fround((i + 1) * step)));
    const middle = roundHalfAway(scaled(fround(start + fround(step / 2))));
    const line = roundHalfAway(fround(fround(next + value) / 2));
    return sample(fround(value - roundHalfAway(fround(fround(line - middle) / 2))));
  });
}

/** The table's value for an int16 x: on the line between two samples, rounded. Both slope and result are modulo 2^16. */
export function interpolate(table: Int16Array, x: number): number {
  const place = x - LEAST;
  const base = table[place >> 7]!;
  const slope = ((table[(place >> 7) + 1]! - base) << 16) >> 16;
  return ((base + ((slope * (place & 127) + 64) >> 7)) << 16) >> 16;
}

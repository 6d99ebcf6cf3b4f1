/**
 * The sigmoid and the hyperbolic tangent of 16-bit integers: a table with interpolation, in exact integers.
 *
 * Source: TensorFlow Lite, reference/integer_ops/logistic.h, tanh.h.
 */

const sigmoid = (x: number): number => 65536 / (1 + Math.exp(-x));

/**
 * The sigmoid of i / 24 in units of 2^-16, each lowered by half of what linear interpolation behind it errs in the middle;
 * the last is the greatest there is. Those are the values of TensorFlow Lite's `sigmoid_table_uint16`.
 */
export const SIGMOID_TABLE: readonly number[] = Array.from({ length: 256 }, (_, i) => {
  if (i === 255) return 65535;
  const middle = (sigmoid(i / 24) + sigmoid((i + 1) / 24)) / 2;
  return Math.round(sigmoid(i / 24) - (middle - sigmoid((i + 0.5) / 24)) / 2);
});

/** What brings an input to units of 1/12288: times `multiplier`, then to the right by `shift`, rounded. */
export interface SigmoidScaling {
  readonly multiplier: number;
  readonly shift: number;
}

/** Scales up to this have a multiplier of 16 bits. */
export const MOST_SIGMOID_SCALE = 32767 / 12288;

/**
 * Requires a scale of at most `MOST_SIGMOID_SCALE`. A scale of 2^-12 times a power of two of at most `mostPower`, or as
 * good as that, takes the multiplier 3 times the power.
 *
 * Source: TensorFlow Lite Micro, `CalculateArithmeticOpDataLogistic`, `CheckedLog2`.
 */
export function sigmoidScaling(scale: number, mostPower: 0 | 1): SigmoidScaling {
  const { fround } = Math;
  const log2 = fround(fround(Math.log(scale)) * fround(1 / fround(Math.log(2))));
  const power = Math.round(log2) + 12;
  const isPower = Math.abs(fround(log2 - Math.round(log2))) < 1e-3;
  if (isPower && power >= 0 && power <= mostPower) return { multiplier: 3 * 2 ** power, shift: 0 };
  let real = scale * 4096 * 3;
  let shift = 0;
  for (; real <= 32767 / 2 && shift <= 30; shift++) real *= 2;
  return { multiplier: Math.trunc(real), shift };
}

function scaled(x: number, { multiplier, shift }: SigmoidScaling): number {
  return (x * multiplier + (shift > 0 ? 2 ** (shift - 1) : 0)) >> shift;
}

/** The sigmoid of magnitude / (24 * 2^bits) in units of 2^-(16 + bits); `greatest` where the table ends. */
function interpolated(magnitude: number, bits: number, greatest: number): number {
  const i = magnitude >> bits;
  if (i >= 255) return greatest;
  const [below, above] = [SIGMOID_TABLE[i]!, SIGMOID_TABLE[i + 1]!];
  return below * 2 ** bits + (magnitude - i * 2 ** bits) * (above - below);
}

/** 1 / (1 + exp(-x)) of an int16 in units of 2^-15. */
export function logisticOfInt16(x: number, scaling: SigmoidScaling): number {
  const a = scaled(x, scaling);
  const value = interpolated(Math.abs(a), 9, 0x7fff * 1024);
  return (a >= 0 ? value + 512 : 2 ** 25 - value + 511) >> 10;
}

/** tanh(x) = 2 sigmoid(2 x) - 1 of an int16 in units of 2^-15. */
export function tanhOfInt16(x: number, scaling: SigmoidScaling): number {
  const a = scaled(x, scaling);
  const value = interpolated(Math.abs(a), 8, 0xffff * 256);
  return (a >= 0 ? value - 2 ** 23 + 128 : 2 ** 23 - value + 127) >> 8;
}

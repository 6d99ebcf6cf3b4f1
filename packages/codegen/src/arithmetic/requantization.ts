import { CompileError } from '@kiln/ir';

const TWO_31 = 2 ** 31;

/** A positive real as `multiplier * 2^(shift - 31)`, with 2^30 <= multiplier < 2^31; zero is (0, 0). */
export interface Requantization {
  readonly multiplier: number;
  /** Left shift if positive, right shift if negative. */
  readonly shift: number;
}

/**
 * Splits a real multiplier into a 31-bit integer and a power of two.
 *
 * Source: TensorFlow Lite, `QuantizeMultiplier` (kernels/internal/quantization_util.cc). As there, multipliers of 2^30
 * and more become the greatest pair and those below 2^-32 become 0. Throws `CompileError` for what is no number >= 0.
 */
export function requantizationOf(real: number, where: string): Requantization {
  if (!(real >= 0) || !Number.isFinite(real)) {
    const message = `needs the multiplier ${real}, expected a finite one of 0 or more`;
    throw new CompileError('E-REQUANTIZE', where, message, 'Check the scales of its tensors');
  }
  if (real === 0) return { multiplier: 0, shift: 0 };
  let shift = Math.floor(Math.log2(real)) + 1;
  // log2 rounds: put the fraction into [0.5, 1) exactly.
  while (real / 2 ** shift >= 1) shift += 1;
  while (real / 2 ** shift < 0.5) shift -= 1;
  let multiplier = roundHalfAway((real / 2 ** shift) * TWO_31);
  if (multiplier === TWO_31) {
    multiplier /= 2;
    shift += 1;
  }
  if (shift < -31) return { multiplier: 0, shift: 0 };
  if (shift > 30) return { multiplier: TWO_31 - 1, shift: 30 };
  return { multiplier, shift };
}

/** Rounds to the nearest integer, ties away from zero, as C's `round`. */
export function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

/**
 * floor((a * b + 2^30) / 2^31) for int32 a and 0 <= b < 2^31, exactly.
 *
 * Equal to gemmlowp's `SaturatingRoundingDoublingHighMul` for every such pair: its nudge and its truncating division
 * cancel for both signs. The 62-bit product is put together from two that a double holds exactly.
 */
export function doublingHighMultiply(a: number, b: number): number {
  const high = Math.floor(a / 65536);
  const low = a - high * 65536;
  const upper = high * b;
  const upperQuotient = Math.floor(upper / 32768);
  const rest = (upper - upperQuotient * 32768) * 65536 + low * b + 1073741824;
  return upperQuotient + Math.floor(rest / TWO_31);
}

/**
 * `doublingHighMultiply` for two int32 of any sign, with the one saturation: -2^31 * -2^31 gives 2^31 - 1.
 *
 * Source: gemmlowp, `SaturatingRoundingDoublingHighMul` (fixedpoint/fixedpoint.h).
 */
export function saturatingDoublingHighMultiply(a: number, b: number): number {
  if (a === -TWO_31 && b === -TWO_31) return TWO_31 - 1;
  if (b >= 0) return doublingHighMultiply(a, b);
  if (a >= 0) return doublingHighMultiply(b, a);
  const product = BigInt(a) * BigInt(b);
  return Number((product + (1n << 30n)) >> 31n);
}

/**
 * x / 2^exponent rounded to nearest, ties away from zero, for int32 x and 0 <= exponent <= 31.
 *
 * Source: gemmlowp, `RoundingDivideByPOT`.
 */
export function roundingDivideByPowerOfTwo(x: number, exponent: number): number {
  if (exponent === 0) return x;
  const divisor = 2 ** exponent;
  const quotient = Math.floor(x / divisor);
  const remainder = x - quotient * divisor;
  const threshold = divisor / 2 - 1 + (x < 0 ? 1 : 0);
  return quotient + (remainder > threshold ? 1 : 0);
}

/**
 * The one rounding rule of every requantization: x * multiplier * 2^(shift - 31), rounded twice.
 *
 * The shift to the left, where there is one, is modulo 2^32. A multiplier may be negative.
 * Source: TensorFlow Lite Micro, `MultiplyByQuantizedMultiplier` (without TFLITE_SINGLE_ROUNDING).
 */
export function requantize(x: number, { multiplier, shift }: Requantization): number {
  if (shift > 0) return saturatingDoublingHighMultiply(x << shift, multiplier);
  return roundingDivideByPowerOfTwo(saturatingDoublingHighMultiply(x, multiplier), -shift);
}

/** The multiplier of `requantizeWide`: 15 bits of the 31, rounded. */
export function wideMultiplier(multiplier: number): number {
  return multiplier < 0x7fff0000 ? (multiplier + 32768) >> 16 : 0x7fff;
}

/** Sums that `requantizeWide` takes stay below this. */
export const WIDE_LIMIT = 2 ** 47;

/** The greatest shift to the left that `requantizeWide` takes. */
const MOST_WIDE_SHIFT = 14;

/** What `requantizeWide` cannot do with these scales; none if all is well. */
export function wideScaleProblems(scales: readonly Requantization[]): string[] {
  const greatest = Math.max(...scales.map(({ shift }) => shift));
  return greatest > MOST_WIDE_SHIFT
    ? [`found a multiplier of 2^${greatest}, expected below 2^${MOST_WIDE_SHIFT}: the result's scale is too small`]
    : [];
}

/**
 * The rounding rule of 64-bit sums (int16 activations): floor((x * m + half) / 2^(15 - shift)) with a multiplier of 15 bits.
 * Requires |x| < 2^47 and shift < 15: see `wideScaleProblems`.
 *
 * Source: TensorFlow Lite Micro, `MultiplyByQuantizedMultiplier(int64_t, int32_t, int)`.
 */
export function requantizeWide(x: number, { multiplier, shift }: Requantization): number {
  const right = BigInt(15 - shift);
  const product = BigInt(x) * BigInt(wideMultiplier(multiplier)) + (1n << (right - 1n));
  return Number(BigInt.asIntN(32, product >> right));
}

import { CompileError } from '@kiln/ir';
import {
  requantizationOf,
  roundingDivideByPowerOfTwo,
  saturatingDoublingHighMultiply as multiply,
} from './requantization.js';

/**
 * The fixed-point pieces of TensorFlow Lite Micro's int8 softmax, in exact integers.
 *
 * Qm.n below means m integer bits and n fractional bits in an int32. Source: gemmlowp, fixedpoint/fixedpoint.h;
 * TensorFlow Lite, kernels/internal/reference/softmax.h and common.h.
 */

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

/** Integer bits of a scaled difference x - max(x): Q5.26. */
const DIFFERENCE_INTEGER_BITS = 5;
/** Integer bits of the sum of exponentials: Q12.19. */
export const SUM_INTEGER_BITS = 12;

/** How a difference of two inputs becomes Q5.26, and the least difference whose exponential is not taken for 0. */
export interface SoftmaxScaling {
  readonly multiplier: number;
  readonly leftShift: number;
  readonly leastDifference: number;
}

/**
 * Throws `CompileError` for scales below what Q5.26 can hold.
 * Source: `PreprocessSoftmaxScaling` and `CalculateInputRadius` (quantization_util.cc).
 */
export function softmaxScalingOf(inputScale: number, beta: number, where: string): SoftmaxScaling {
  const fractionalBits = 31 - DIFFERENCE_INTEGER_BITS;
  const real = Math.min(beta * inputScale * 2 ** fractionalBits, INT32_MAX);
  if (real <= 1) {
    const message = `its input has the scale ${inputScale}, times beta ${beta}, expected more than 2^-${fractionalBits}`;
    throw new CompileError('E-SOFTMAX-SCALE', where, message, 'Check the calibration data');
  }
  const { multiplier, shift } = requantizationOf(real, where);
  const radius = Math.floor(((2 ** DIFFERENCE_INTEGER_BITS - 1) * 2 ** fractionalBits) / 2 ** shift);
  return { multiplier, leftShift: shift, leastDifference: -radius };
}

/** exp(a) in Q0.31 for a <= 0 with up to 5 integer bits: Q5.26 unless given. a = 0 gives 2^31 - 1. */
export function expOnNegativeValues(a: number, integerBits = DIFFERENCE_INTEGER_BITS): number {
  if (a === 0) return INT32_MAX;
  const quarterBit = 29 - integerBits;
  const quarter = 1 << quarterBit;
  const fraction = (a & (quarter - 1)) - quarter;
  let result = expOnLastQuarter(fraction * 2 ** integerBits);
  const remainder = fraction - a;
  // exp(-2^e) in Q0.31 for e = -2 .. integerBits - 1, one for each bit of the remainder from that of a quarter on.
  EXP_OF_POWERS.slice(0, integerBits + 2).forEach((factor, i) => {
    if ((remainder & (1 << (quarterBit + i))) !== 0) result = multiply(result, factor);
  });
  return result;
}

export const EXP_OF_POWERS: readonly number[] = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

/** exp(a) for -1/4 <= a < 0 in Q0.31, by a polynomial of degree 4 around -1/8. */
function expOnLastQuarter(a: number): number {
  const expOfMinusEighth = 1895147668;
  const third = 715827883;
  const x = a + (1 << 28);
  const x2 = multiply(x, x);
  const x3 = multiply(x2, x);
  const x4 = multiply(x2, x2);
  const x4Over4 = roundingDivideByPowerOfTwo(x4, 2);
  const series = roundingDivideByPowerOfTwo(multiply((x4Over4 + x3) | 0, third) + x2, 1);
  return expOfMinusEighth + multiply(expOfMinusEighth, x + series);
}

/** 1 / sum for a positive sum in Q12.19: a Q0.31 number in [1/2, 1), and by how many bits the sum exceeds one. */
export function reciprocal(sum: number): { readonly scale: number; readonly bitsOverUnit: number } {
  const headroom = Math.clz32(sum);
  const fraction = (sum << headroom) + INT32_MIN;
  return { scale: oneOverOnePlus(fraction | 0), bitsOverUnit: SUM_INTEGER_BITS - headroom };
}

/** 1 / (1 + a) for 0 <= a < 1 in Q0.31. */
export function oneOverOnePlus(a: number): number {
  return saturatingShiftLeft(twiceOverOnePlus(a), 1);
}

/** (1 - a) / (1 + a) for 0 <= a < 1 in Q0.31. */
export function oneMinusOverOnePlus(a: number): number {
  return saturatingShiftLeft(twiceOverOnePlus(a) - (1 << 29), 2);
}

/** 2 / (1 + a) for 0 <= a < 1 in Q0.31, by three Newton-Raphson steps in Q2.29. */
function twiceOverOnePlus(a: number): number {
  const half = Math.floor((a + INT32_MAX + 1) / 2);
  let x = 1515870810 + multiply(half, -1010580540);
  for (let step = 0; step < 3; step++) {
    const correction = multiply(x, (1 << 29) - multiply(half, x));
    x += saturatingShiftLeft(correction, 2);
  }
  return x;
}

/** x * 2^bits, at most what an int32 holds. */
export function saturatingShiftLeft(x: number, bits: number): number {
  return Math.max(INT32_MIN, Math.min(INT32_MAX, x * 2 ** bits));
}

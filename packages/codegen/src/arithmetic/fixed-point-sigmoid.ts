import { expOnNegativeValues, oneMinusOverOnePlus, oneOverOnePlus } from './fixed-point-softmax.js';
import { type Requantization, requantizationOf, requantize, roundingDivideByPowerOfTwo } from './requantization.js';

/**
 * The sigmoid and the hyperbolic tangent of 8-bit integers, in exact integers. Qm.n means m integer bits and n fractional
 * bits in an int32. Source: gemmlowp, fixedpoint/fixedpoint.h; TensorFlow Lite, reference/integer_ops/logistic.h, tanh.h.
 */

const INT32_MAX = 2 ** 31 - 1;
/** Integer bits of a scaled input. */
const INPUT_INTEGER_BITS = 4;

/** 1 / (1 + exp(-a)) in Q0.31 for a in Q4.27. */
export function fixedPointLogistic(a: number): number {
  if (a === 0) return 2 ** 30;
  const positive = oneOverOnePlus(expOnNegativeValues(-Math.abs(a), INPUT_INTEGER_BITS));
  return a > 0 ? positive : INT32_MAX - positive;
}

/** tanh(a) in Q0.31 for a in Q4.27. */
export function fixedPointTanh(a: number): number {
  if (a === 0) return 0;
  // 2 a in Q5.26 has the bits of a in Q4.27.
  const positive = oneMinusOverOnePlus(expOnNegativeValues(-Math.abs(a), INPUT_INTEGER_BITS + 1));
  return a > 0 ? positive : -positive;
}

/** Of an 8-bit integer without its zero point: the function's value in units of 2^-bits, or `ends` where Q4.27 ends. */
function fromBytes(
  scale: number,
  ofFixedPoint: (a: number) => number,
  bits: number,
  where: string,
): (centred: number) => number {
  const { multiplier, shift: exponent } = requantizationOf(scale, where);
  const shift = exponent + 31 - INPUT_INTEGER_BITS;
  const radius = Math.floor((2 ** INPUT_INTEGER_BITS - 1) * 2 ** (31 - INPUT_INTEGER_BITS - shift));
  const scaling: Requantization = { multiplier, shift };
  return (centred) => {
    // From the radius on, zero among them where the scale is 8 or more, the input counts as infinite.
    if (centred <= -radius) return Number.NEGATIVE_INFINITY;
    if (centred >= radius) return Number.POSITIVE_INFINITY;
    return roundingDivideByPowerOfTwo(ofFixedPoint(requantize(centred, scaling)), 31 - bits);
  };
}

/** 1 / (1 + exp(-scale * centred)) as an int8 of scale 1/256 and zero point -128. */
export function logisticOfBytes(scale: number, where: string): (centred: number) => number {
  const valueOf = fromBytes(scale, fixedPointLogistic, 8, where);
  return (centred) => Math.max(-128, Math.min(127, valueOf(centred) - 128));
}

/** tanh(scale * centred) as an int8 of scale 1/128 and zero point 0. */
export function tanhOfBytes(scale: number, where: string): (centred: number) => number {
  const valueOf = fromBytes(scale, fixedPointTanh, 7, where);
  return (centred) => Math.max(-128, Math.min(127, valueOf(centred)));
}

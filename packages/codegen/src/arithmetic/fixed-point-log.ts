import { oneOverOnePlus, saturatingShiftLeft } from './fixed-point-softmax.js';
import { roundingDivideByPowerOfTwo, saturatingDoublingHighMultiply as multiply } from './requantization.js';

/**
 * The constants of `fixedPointLog` in Q0.31. Source: TensorFlow Lite, `log_x_for_x_greater_than_or_equal_to_1_impl`, where
 * w = sqrt(sqrt 2).
 */
export const FIXED_LOG = {
  log2: 1488522236,
  /** 1 / w^2 and 1 / w */
  rootHalf: 1518500250,
  fourthRootHalf: 1805811301,
  /** 11 w / 240, w / 20, 2 / w - w, w / 4 */
  numerator: 117049297,
  square: 127690142,
  constant: 1057819769,
  linear: 638450708,
} as const;

/** Integer bits of the argument, and of the sum of the two parts of the result. */
const ARGUMENT_BITS = 12;
const SUM_BITS = 6;

/**
 * log(x) in Q5.26 for x >= 1 in Q12.19, in exact integers.
 *
 * x = 2^k r with r around 1 / w: of two such pairs, half a power of two apart, the one whose r is nearer. log r is a quotient of
 * polynomials in q = 2 (r - 1 / w).
 */
export function fixedPointLog(x: number): number {
  const { log2, rootHalf, fourthRootHalf, numerator, square, constant, linear } = FIXED_LOG;
  const quarter = 2 ** (29 - SUM_BITS);
  const headroom = Math.clz32(x) - 1;
  const powerA = (ARGUMENT_BITS - 1 - headroom) * 2 ** (31 - SUM_BITS) + quarter;
  const factorA = saturatingShiftLeft(multiply(saturatingShiftLeft(x, headroom), rootHalf), 1);
  const headroomB = Math.clz32(multiply(x, rootHalf)) - 1;
  const powerB = (ARGUMENT_BITS - headroomB) * 2 ** (31 - SUM_BITS) - quarter;
  const r = Math.min(factorA, saturatingShiftLeft(x, headroomB));
  const p = Math.floor((r + fourthRootHalf + 1) / 2);
  const q = 2 * (r - fourthRootHalf);
  const squared = multiply(q, q);
  const above = multiply(q, r) + multiply(multiply(q, squared), numerator);
  const below = multiply(p, constant + q + multiply(square, squared)) + multiply(linear, q);
  const quotient = multiply(roundingDivideByPowerOfTwo(above, SUM_BITS), oneOverOnePlus(below));
  return saturatingShiftLeft(multiply(Math.max(powerA, powerB), log2) + quotient, 1);
}

/**
 * The float32 nearest to the square root: what IEEE 754 asks of a square root, and hardware gives. The C finds it bit by bit
 * in integers, so that it needs no library. Rounding to double first changes nothing: no root lies that close to the middle
 * of two float32.
 */
export function floatSqrt(x: number): number {
  return Math.fround(Math.sqrt(x));
}

import { powerOfTwo } from './float-bits.js';

const { fround } = Math;

/** The constants of `floatExp`, each a float32. Source: Cephes, single precision, expf.c (Moshier). */
export const FLOAT_EXP = {
  lowest: fround(-87),
  /** The greatest x whose exponential is a finite float32. */
  highest: fround(88.72283),
  log2e: fround(1.44269504088896341),
  ln2High: fround(0.693359375),
  ln2Low: fround(-2.1219444e-4),
  polynomial: [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1].map(
    fround,
  ),
  greatest: 2 ** 128 - 2 ** 104,
} as const;

/**
 * exp(x) in float32 operations, each rounded once, in this order: the same bits on every machine with IEEE 754 single
 * precision. Below -87 the result is 0, so that none is subnormal; above the greatest float32 it is infinite. Worst error
 * against the true value: 1.5 units in the last place; `float-exp.test.ts` measures it.
 *
 * x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) by Cephes's polynomial; times 2^n exactly, in two halves.
 */
export function floatExp(x: number): number {
  const { lowest, highest, log2e, ln2High, ln2Low, polynomial, greatest } = FLOAT_EXP;
  if (x < lowest) return 0;
  if (!(x <= highest)) return fround(x * greatest);
  const scaled = fround(x * log2e);
  const n = Math.trunc(fround(scaled + (scaled > 0 ? 0.5 : -0.5)));
  const r = fround(fround(x - fround(n * ln2High)) - fround(n * ln2Low));
  let sum = polynomial[0] ?? 0;
  for (let i = 1; i < polynomial.length; i++) sum = fround(fround(sum * r) + (polynomial[i] ?? 0));
  const exp = fround(fround(fround(sum * fround(r * r)) + r) + 1);
  const half = Math.trunc(n / 2);
  return exp * powerOfTwo(half) * powerOfTwo(n - half);
}

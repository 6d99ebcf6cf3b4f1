import { floatBits, floatOfBits } from './float-bits.js';

const { fround } = Math;

/** The constants of `floatLog`, each a float32. Source: Cephes, single precision, logf.c (Moshier). */
export const FLOAT_LOG = {
  /** Below it numbers are subnormal. */
  leastNormal: 2 ** -126,
  greatest: 2 ** 128 - 2 ** 104,
  /** The bits of sqrt(1/2). */
  rootBits: 0x3f3504f3,
  ln2High: fround(0.693359375),
  ln2Low: fround(-2.1219444e-4),
  polynomial: [
    7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
    2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
  ].map(fround),
} as const;

/**
 * The natural logarithm in float32 operations, each rounded once, in this order: the same bits on every machine with IEEE
 * 754 single precision. Of 0 it is -Infinity, of less not a number. Worst error against the true value: below 1 unit in
 * the last place; `float-log.test.ts` measures it.
 *
 * x = 2^n (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2); log(1 + f) = f - f^2 / 2 + f^3 P(f), P being Cephes's polynomial.
 */
export function floatLog(x: number): number {
  const { leastNormal, greatest, rootBits, ln2High, ln2Low, polynomial } = FLOAT_LOG;
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x > greatest) return x;
  const isSubnormal = x < leastNormal;
  const offset = (floatBits(isSubnormal ? x * 2 ** 23 : x) - rootBits) | 0;
  const n = (offset >> 23) - (isSubnormal ? 23 : 0);
  const f = floatOfBits((offset & 0x7fffff) + rootBits) - 1;
  let sum = polynomial[0] ?? 0;
  for (let i = 1; i < polynomial.length; i++) sum = fround(fround(sum * f) + (polynomial[i] ?? 0));
  const square = fround(f * f);
  const curve = fround(fround(fround(sum * f) * square) + fround(n * ln2Low));
  return fround(fround(f + fround(curve - fround(0.5 * square))) + fround(n * ln2High));
}

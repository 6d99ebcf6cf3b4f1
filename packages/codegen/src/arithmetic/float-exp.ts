const { fround } = Math;

/** The constants of `floatExp`, each a float32. Source: Cephes, single precision, expf.c (Moshier). */
export const FLOAT_EXP = {
  lowest: fround(-87),
  log2e: fround(1.44269504088896341),
  ln2High: fround(0.693359375),
  ln2Low: fround(-2.1219444e-4),
  polynomial: [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1].map(
    fround,
  ),
} as const;

/**
 * exp(x) for x <= 0 in float32 operations, each rounded once, in this order: the same bits on every machine with IEEE 754
 * single precision. Below -87 the result is 0. Worst error against the true value: 1 unit in the last place or so;
 * `float-exp.test.ts` measures it.
 *
 * x = n ln 2 + r with n <= 0 and |r| <= ln 2 / 2; exp(r) by Cephes's polynomial; times 2^n exactly.
 */
export function floatExp(x: number): number {
  const { lowest, log2e, ln2High, ln2Low, polynomial } = FLOAT_EXP;
  if (x < lowest) return 0;
  const n = Math.trunc(fround(fround(x * log2e) - 0.5));
  const r = fround(fround(x - fround(n * ln2High)) - fround(n * ln2Low));
  let sum = polynomial[0] ?? 0;
  for (let i = 1; i < polynomial.length; i++) sum = fround(fround(sum * r) + (polynomial[i] ?? 0));
  const exp = fround(fround(fround(sum * fround(r * r)) + r) + 1);
  return exp * 2 ** n;
}

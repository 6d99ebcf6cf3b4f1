import { floatExp } from './float-exp.js';

const { fround } = Math;

/** The constants of `floatTanh`, each a float32. Source: Cephes, single precision, tanhf.c (Moshier). */
export const FLOAT_TANH = {
  /** Below it the polynomial is used. */
  small: fround(0.625),
  polynomial: [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1].map(fround),
} as const;

/**
 * tanh(x) in float32 operations, each rounded once, in this order. Worst error against the true value: 2 units in the last
 * place; `float-tanh.test.ts` measures it.
 *
 * |x| < 0.625: x + x^3 P(x^2), P being Cephes's polynomial; otherwise 1 - 2 e / (1 + e) with e = exp(-2 |x|).
 */
export function floatTanh(x: number): number {
  const magnitude = x < 0 ? -x : x;
  if (magnitude < FLOAT_TANH.small) {
    const square = fround(x * x);
    const sum = FLOAT_TANH.polynomial.reduce((total, term) => fround(fround(total * square) + term));
    return fround(fround(fround(sum * square) * x) + x);
  }
  const exponential = floatExp(fround(-2 * magnitude));
  const result = fround(1 - fround((2 * exponential) / fround(1 + exponential)));
  return x < 0 ? -result : result;
}

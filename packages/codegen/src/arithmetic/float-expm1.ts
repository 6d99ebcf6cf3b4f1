import { floatExp } from './float-exp.js';

const { fround } = Math;

/** The constants of `floatExpm1`, each a float32. The polynomial has the least greatest error there is: 2e-10 of x. */
export const FLOAT_EXPM1 = {
  small: fround(-0.6875),
  polynomial: [1.47314699e-4, 1.3432547e-3, 8.31273012e-3, 4.16619144e-2, 1.66666165e-1, 4.9999997e-1].map(fround),
} as const;

/**
 * exp(x) - 1 for x <= 0 in float32 operations, each rounded once, in this order. Worst error against the true value: 1.5
 * units in the last place; `float-expm1.test.ts` measures it.
 *
 * x > -0.6875: x + x^2 P(x); otherwise exp(x) - 1 as it stands, of which at most the last bit is lost.
 */
export function floatExpm1(x: number): number {
  const { small, polynomial } = FLOAT_EXPM1;
  if (!(x > small)) return fround(floatExp(x) - 1);
  const sum = polynomial.reduce((total, term) => fround(fround(total * x) + term));
  return fround(fround(sum * fround(x * x)) + x);
}

import { floatExp } from './float-exp.js';

const { fround } = Math;

/**
 * 1 / (1 + exp(-x)) in float32 operations, each rounded once, in this order; 0 below -87, as the exponential. Worst error
 * against the true value: 2.5 units in the last place; `float-logistic.test.ts` measures it.
 */
export function floatLogistic(x: number): number {
  const exponential = floatExp(x < 0 ? x : -x);
  return fround((x < 0 ? exponential : 1) / fround(1 + exponential));
}

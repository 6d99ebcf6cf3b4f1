import { argMax, argMin } from './arguments.js';
import { cumSum } from './cum-sum.js';
import { reduceAll, reduceAny, reduceMax, reduceMin } from './folds.js';
import { reduceProd } from './product.js';
import { mean, sum } from './sums.js';

/** Operators that make one value of many along dimensions; they share one C template. */
export const reductionOperators = {
  argMax,
  argMin,
  cumSum,
  mean,
  reduceAll,
  reduceAny,
  reduceMax,
  reduceMin,
  reduceProd,
  sum,
};

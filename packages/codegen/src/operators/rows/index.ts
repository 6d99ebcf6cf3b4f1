import { l2Normalization } from './l2-normalization.js';
import { logSoftmax } from './log-softmax.js';
import { softmax } from './softmax.js';

/** Operators that work on rows, those of the last dimension; they share one C template. */
export const rowOperators = {
  l2Normalization,
  logSoftmax,
  softmax,
};

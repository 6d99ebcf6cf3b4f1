import { add, div, mul, sub } from './arithmetic.js';
import { logicalAnd, logicalOr, maximum, minimum, select } from './choice.js';
import { equal, greater, greaterEqual, less, lessEqual, notEqual } from './comparison.js';

/** Operators that work on each element by itself, told by a formula; they share one C template. */
export const pointwiseOperators = {
  add,
  div,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  maximum,
  minimum,
  mul,
  notEqual,
  select,
  sub,
};

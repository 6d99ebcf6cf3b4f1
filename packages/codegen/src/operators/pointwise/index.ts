import { addN } from './add-n.js';
import { add, mul, sub } from './arithmetic.js';
import { logicalAnd, logicalOr, maximum, minimum, select } from './choice.js';
import { equal, greater, greaterEqual, less, lessEqual, notEqual } from './comparison.js';
import { div, floorDiv, floorMod } from './division.js';
import { pow } from './pow.js';
import { prelu } from './prelu.js';
import { squaredDifference } from './squared-difference.js';

/** Operators that work on each element by itself, told by a formula; they share one C template. */
export const pointwiseOperators = {
  add,
  addN,
  div,
  equal,
  floorDiv,
  floorMod,
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
  pow,
  prelu,
  select,
  squaredDifference,
  sub,
};

import { logicalNot } from './logical-not.js';
import { abs, neg, sign, square } from './magnitude.js';
import { rsqrt, sqrt } from './roots.js';
import { ceil, floor, round } from './rounding.js';
import { cos, exp, log, sin } from './transcendental.js';

/** Functions of one number, element by element: they take the template of the pointwise operators. */
export const unaryOperators = {
  abs,
  ceil,
  cos,
  exp,
  floor,
  log,
  logicalNot,
  neg,
  round,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
};

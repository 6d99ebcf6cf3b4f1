import type { Formula } from '../pointwise/pointwise.js';
import { tabulated } from '../unary/looked-up.js';

/** The results of a function of an int8, all 256 in a table. */
export function tabulatedResults(resultOf: (value: number) => number): Formula {
  return tabulated(Int8Array.from({ length: 256 }, (_, i) => resultOf(i - 128)));
}

import type { NumberData } from '@kiln/ir';
import type { Sweep } from './row-operator.js';

/** The greatest of a row of floats: the first, if that is no number. */
export function greatestFloat(x: NumberData, row: number, depth: number): number {
  let greatest = x[row]!;
  for (let i = 1; i < depth; i++) if (x[row + i]! > greatest) greatest = x[row + i]!;
  return greatest;
}

export const GREATEST_FLOAT: Sweep = {
  before: ['float greatest = x[row];'],
  from: 1,
  body: ['greatest = x[row + i] > greatest ? x[row + i] : greatest;'],
};

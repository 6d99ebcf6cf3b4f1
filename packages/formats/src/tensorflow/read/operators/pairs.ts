import type { NodeContext } from '../node-context.js';

/** Pairs [before, after] for each dimension of input i. */
export function pairsOf(context: NodeContext, i: number, rank: number): { before: number[]; after: number[] } {
  const values = context.integers(i);
  if (values.length !== 2 * rank || values.some((value) => value < 0))
    throw context.wrong('E-GRAPHDEF-PAIRS', `has the pairs [${values.join(', ')}], expected ${rank} of 0 or more`);
  return { before: values.filter((_, k) => k % 2 === 0), after: values.filter((_, k) => k % 2 === 1) };
}

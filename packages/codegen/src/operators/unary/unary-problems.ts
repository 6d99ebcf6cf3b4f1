import type { OpName } from '@kiln/ir';
import { arithmeticProblems } from '../pointwise/type-problems.js';
import type { Site } from '../site.js';

/** Unless input and output have one dtype, one that the operator has, and a single scale each where it is quantized. */
export function unaryProblems(site: Site<OpName>, dtypes: readonly string[]): string[] {
  const { dtype } = site.inputs[0]!;
  return dtypes.includes(dtype) ? arithmeticProblems(site) : [`found ${dtype}, expected ${dtypes.join(', ')}`];
}

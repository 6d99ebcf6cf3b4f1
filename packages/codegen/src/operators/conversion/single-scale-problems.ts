import type { Tensor } from '@kiln/ir';
import { scaleProblems } from '../scale-problems.js';

/** Unless every integer has one scale, and those of 16 bits no zero point. */
export function singleScaleProblems(tensors: readonly Tensor[]): string[] {
  const others = tensors.filter(
    ({ dtype, quantization }) => (dtype === 'uint8' || dtype === 'int32') && quantization?.scale.length !== 1,
  );
  return [...scaleProblems(tensors), ...others.map(({ name }) => `found no single scale for '${name}', expected one`)];
}

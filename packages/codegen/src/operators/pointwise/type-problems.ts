import type { DType, OpName, Tensor } from '@kiln/ir';
import { scaleProblems } from '../scale-problems.js';
import type { Site } from '../site.js';

/** Unless all operands, and the result, have one dtype. */
export function oneTypeProblems(tensors: readonly Tensor[]): string[] {
  const types = new Set(tensors.map(({ dtype }) => dtype));
  return types.size === 1 ? [] : [`found ${tensors.map(({ dtype }) => dtype).join(', ')}, expected one type for all`];
}

/** Unless quantized operands and result have one scale and zero point: what is compared are the integers as they are. */
export function oneScaleProblems(tensors: readonly Tensor[]): string[] {
  const texts = tensors.map(({ quantization }) => JSON.stringify([quantization?.scale, quantization?.zeroPoint]));
  return new Set(texts).size === 1 ? [] : ['found scales or zero points that differ, expected one for all'];
}

/** One type, and a scale for each where it is quantized. */
export function arithmeticProblems({ inputs, outputs }: Site<OpName>): string[] {
  const tensors = [...inputs, ...outputs];
  return [...oneTypeProblems(tensors), ...scaleProblems(tensors)];
}

/** Unless the result has that type. */
export function resultProblems({ outputs }: Site<OpName>, dtype: DType): string[] {
  const found = outputs[0]!.dtype;
  return found === dtype ? [] : [`found a result of ${found}, expected ${dtype}`];
}

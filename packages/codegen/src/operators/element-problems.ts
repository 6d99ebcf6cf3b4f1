import type { OpName, QuantizationParams } from '@kiln/ir';
import { oneTypeProblems } from './pointwise/type-problems.js';
import { singleScaleProblems } from './conversion/single-scale-problems.js';
import type { Site } from './site.js';

/** Unless input and result have one dtype, and each a single scale where it is quantized. */
export function elementProblems({ inputs, outputs }: Site<OpName>): string[] {
  const tensors = [...inputs, ...outputs];
  return [...oneTypeProblems(tensors), ...singleScaleProblems(tensors)];
}

/** Unless the result has the one quantization that the operator gives. */
export function fixedResultProblems({ outputs }: Site<OpName>, expected: QuantizationParams): string[] {
  const text = ({ scale, zeroPoint }: QuantizationParams): string => `scale ${scale[0]} and zero point ${zeroPoint[0]}`;
  const { quantization } = outputs[0]!;
  if (quantization === null || text(quantization) === text(expected)) return [];
  return [`found a result of ${text(quantization)}, expected ${text(expected)}`];
}

import type { Tensor } from '@kiln/ir';

/** Integers need one scale each; those of 16 bits no zero point. Nothing is asked of other types. */
export function scaleProblems(tensors: readonly Tensor[]): string[] {
  return tensors.flatMap(({ name, dtype, quantization }) => {
    if (dtype !== 'int8' && dtype !== 'int16') return [];
    if (quantization?.scale.length !== 1) return [`found no single scale for '${name}', expected one`];
    const zeroPoint = quantization.zeroPoint[0] ?? 0;
    return dtype === 'int16' && zeroPoint !== 0 ? [`found the zero point ${zeroPoint} for '${name}', expected 0`] : [];
  });
}

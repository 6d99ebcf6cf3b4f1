import type { DType, OpName, QuantizationParams, Tensor } from '@kiln/ir';
import type { Site } from '../site.js';

/** What can be moved: everything. */
export const EVERY_DTYPE: readonly DType[] = ['float32', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'];

/**
 * Moved elements mean the same before and after: the inputs at `moved` (all unless said) and every output have one dtype,
 * one scale and one zero point.
 */
export function movedTypeProblems<K extends OpName>({ inputs, outputs }: Site<K>, moved?: readonly number[]): string[] {
  const sources = moved === undefined ? inputs : moved.map((i) => inputs[i]!);
  const [first] = sources;
  return [...sources.slice(1), ...outputs].flatMap((tensor) => {
    if (tensor.dtype !== first!.dtype)
      return [`found '${tensor.name}' of type ${tensor.dtype}, expected ${first!.dtype} as '${first!.name}'`];
    if (meanTheSame(tensor, first!)) return [];
    return [`found '${tensor.name}' with ${scaleText(tensor)}, expected ${scaleText(first!)} as '${first!.name}'`];
  });
}

/** One that has no scale (a constant, a state) takes that of the other. */
function meanTheSame({ quantization: a }: Tensor, { quantization: b }: Tensor): boolean {
  if (a === null || b === null) return true;
  const equal = (p: readonly number[], q: readonly number[]): boolean =>
    p.length === q.length && p.every((value, i) => value === q[i]);
  return equal(a.scale, b.scale) && equal(a.zeroPoint, b.zeroPoint);
}

function scaleText({ quantization }: Tensor): string {
  const { scale, zeroPoint } = quantization as QuantizationParams;
  if (scale.length > 1) return `${scale.length} scales`;
  return `scale ${scale[0]} and zero point ${zeroPoint[0]}`;
}

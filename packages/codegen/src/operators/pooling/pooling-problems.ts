import type { DType, OpName } from '@kiln/ir';
import { oneTypeProblems } from '../pointwise/type-problems.js';
import { scaleProblems } from '../scale-problems.js';
import type { Site } from '../site.js';

/** How far the scales of input and output may lie apart. Source: TensorFlow Lite Micro, `PoolingPrepare`. */
const SCALE_TOLERANCE = 1e-6;

/** Integers keep their scale and zero point. */
export function poolingProblems({ inputs, outputs }: Site<OpName>, dtypes: readonly DType[]): string[] {
  const [x, y] = [inputs[0]!, outputs[0]!];
  if (!dtypes.includes(x.dtype)) return [`found ${x.dtype}, expected ${dtypes.join(', ')}`];
  const problems = [...oneTypeProblems([x, y]), ...scaleProblems([x, y])];
  if (problems.length > 0 || x.dtype === 'float32') return problems;
  const [before, after] = [x.quantization!, y.quantization!];
  const apart = Math.abs(before.scale[0]! - after.scale[0]!) > SCALE_TOLERANCE;
  return apart || before.zeroPoint[0] !== after.zeroPoint[0]
    ? ['found an output of another scale or zero point than the input, expected the same']
    : [];
}

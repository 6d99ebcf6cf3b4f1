import type { HeightWidth, Padding, Shape } from '@kiln/ir';
import type { NodeContext } from './node-context.js';

/** Positions of a window in a plane of shape [N, H, W, C]. Errors: CompileError if there are none. */
export function windowCounts(
  context: NodeContext,
  shape: Shape,
  window: HeightWidth,
  strides: HeightWidth,
  padding: Padding,
): [number, number] {
  const along = (i: 0 | 1): number => {
    const size = shape[i + 1]!;
    const count = padding === 'same' ? Math.ceil(size / strides[i]) : Math.floor((size - window[i]) / strides[i]) + 1;
    if (count > 0) return count;
    throw context.wrong(
      'E-GRAPHDEF-WINDOW',
      `has a window of ${window[i]} on a size of ${size}, expected one that fits`,
    );
  };
  return [along(0), along(1)];
}

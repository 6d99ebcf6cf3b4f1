import { cInt } from '../../emit/c-literal.js';
import type { Site } from '../site.js';
import { windowGeometry } from '../window.js';
import { windowData } from '../window-data.js';

/** Sizes as text, for both templates; `channel` is the input's channel that output `o` sees. */
export function depthwiseData({ node, inputs }: Site<'depthwiseConv2d'>) {
  const [, height, width, filters] = inputs[1]!.shape as [number, number, number, number];
  const { shape } = inputs[0]!;
  const multiplier = filters / shape[3]!;
  return {
    ...windowData(windowGeometry(shape, [height, width], node.attributes), shape[3]!),
    filters: cInt(filters),
    channel: multiplier === 1 ? 'o' : `o / ${cInt(multiplier)}`,
  };
}

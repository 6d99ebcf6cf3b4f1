import { cInt } from '../../emit/c-literal.js';
import type { Site } from '../site.js';
import { windowGeometry } from '../window.js';
import { windowData } from '../window-data.js';
import type { WindowOrder } from '../window-overlap.js';

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

/** The order of both templates: position by position, channel by channel. */
export function depthwiseOrder({ node, inputs }: Site<'depthwiseConv2d'>): WindowOrder {
  const [, height, width, filters] = inputs[1]!.shape as [number, number, number, number];
  const { shape } = inputs[0]!;
  const geometry = windowGeometry(shape, [height, width], node.attributes);
  return { geometry, channels: shape[3]!, filters, order: 'channels' };
}

import type { HeightWidth } from '@kiln/ir';
import type { Site } from '../site.js';

/** The sizes of a convolution's weights [filters, height, width, depth]: each filter sees `depth` of the input's channels. */
export interface FilterSizes {
  readonly filters: number;
  readonly kernel: HeightWidth;
  readonly channels: number;
  readonly depth: number;
  readonly groups: number;
  readonly filtersPerGroup: number;
}

export function filterSizes({ inputs }: Site<'conv2d'>): FilterSizes {
  const [filters, height, width, depth] = inputs[1]!.shape as [number, number, number, number];
  const channels = inputs[0]!.shape[3]!;
  const groups = channels / depth;
  return { filters, kernel: [height, width], channels, depth, groups, filtersPerGroup: filters / groups };
}

/** Whether a row of the window is one run of int8, of one picture, with constant weights. */
export function isPlainInt8({ node, inputs: [x, weights, bias] }: Site<'conv2d'>): boolean {
  const groups = x!.shape[3]! / weights!.shape[3]!;
  const isPlain = groups === 1 && x!.shape[0] === 1 && (node.attributes.dilations[1] === 1 || weights!.shape[2] === 1);
  return isPlain && x!.dtype === 'int8' && weights!.data !== null && bias!.dtype === 'int32';
}

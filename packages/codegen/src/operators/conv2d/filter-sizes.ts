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

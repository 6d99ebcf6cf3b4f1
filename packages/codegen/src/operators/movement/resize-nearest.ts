import { roundHalfAway } from '../../arithmetic/requantization.js';
import type { Site } from '../site.js';
import type { Move } from './move.js';
import { movingOperator } from './moving.js';
import { resizedShape } from './resized-shape.js';
import { everyIndex, listMove } from './walk.js';

/**
 * The source of each output row (or column): round((i + c) * scale) with `alignCorners`, otherwise floor((i + c) * scale),
 * at most the last; c = 0.5 with `halfPixelCenters`, otherwise 0. Every operation rounds once to float32.
 *
 * Source: TensorFlow Lite, `GetNearestNeighbor` (kernels/internal/reference/resize_nearest_neighbor.h).
 */
function nearestIndices(
  from: number,
  to: number,
  { alignCorners, halfPixelCenters }: { readonly alignCorners: boolean; readonly halfPixelCenters: boolean },
): number[] {
  const { fround } = Math;
  const scale = alignCorners && to > 1 ? fround(fround(from - 1) / fround(to - 1)) : fround(fround(from) / fround(to));
  const center = halfPixelCenters ? 0.5 : 0;
  return everyIndex(to).map((i) => {
    const place = fround(fround(i + center) * scale);
    return Math.min(alignCorners ? roundHalfAway(place) : Math.floor(place), from - 1);
  });
}

function moves({ node, inputs }: Site<'resizeNearest'>): Move[] {
  const [batches, height, width, channels] = inputs[0]!.shape as [number, number, number, number];
  const { size } = node.attributes;
  const [rows, columns] = [
    nearestIndices(height, size[0], node.attributes),
    nearestIndices(width, size[1], node.attributes),
  ];
  return [listMove(inputs[0]!.shape, [everyIndex(batches), rows, columns, everyIndex(channels)])];
}

/** Whole factors become loops that repeat or skip; others a table of rows and columns. */
export const resizeNearest = movingOperator({
  op: 'resizeNearest',
  summary: 'y[r][c] = x at the nearest row and column',
  formula: 'y[r][c] = x at the nearest row and column',
  moves,
  inferShapes: (node, [x]) => [resizedShape(node, x!.shape)],
});

import { DTYPE_BYTES, type HeightWidth, type OpName } from '@kiln/ir';
import type { Overlap } from './kernel.js';
import type { Site } from './site.js';
import type { WindowGeometry } from './window.js';

/** How a kernel goes over the windows of a picture. */
export interface WindowOrder {
  readonly geometry: WindowGeometry;
  /** Channels of the input and of the output. */
  readonly channels: number;
  readonly filters: number;
  /**
   * - a number: the windows of so many positions are read whole, then their outputs are written;
   * - `filters`: for one output channel after the other the position's window is read and the output written;
   * - `channels`: the same, and each output channel reads the one of the input that it belongs to;
   * - tiles of so many outputs both ways, row by row: so many of them are read whole, then their outputs are written.
   */
  readonly order: number | 'filters' | 'channels' | TileOrder;
}

/** Outputs in squares of `tile`, of which so many go `together`. */
export interface TileOrder {
  readonly tile: number;
  readonly together: number;
}

/**
 * Where the output may lie over the input: it starts `most` bytes behind it at most. At each write, of element j of the
 * output, all elements of the input that are read later lie behind that place: most + j < the least of them.
 */
export function windowOverlaps(site: Site<OpName>, order: WindowOrder): readonly Overlap[] {
  const [x, y] = [site.inputs[0]!, site.outputs[0]!];
  if (x.dtype !== y.dtype) return [];
  const most = mostElements(order) * DTYPE_BYTES[x.dtype];
  return [{ writer: 'output', index: 0, over: 0, most, step: 1 }];
}

function mostElements({ geometry, channels, filters, order }: WindowOrder): number {
  const own = firstTaps(geometry).map((tap) => tap * channels);
  if (typeof order === 'object') return mostOfTiles(order, geometry.output, own, filters);
  const later = latest(own);
  const between = order === 'channels' ? channelLead(channels, filters) : 1 - filters;
  const turn = typeof order === 'number' ? order : 1;
  let most = Infinity;
  for (let end = turn; end < own.length + turn; end += turn) {
    const behind = Math.min(end, own.length);
    most = Math.min(most, later[behind]! - behind * filters);
    if (typeof order !== 'number' && filters > 1) most = Math.min(most, own[end - 1]! - (end - 1) * filters + between);
  }
  return most;
}

/** For each turn the least of what it and all after it read; behind the last one nothing is read. */
function latest(own: ArrayLike<number>): Float64Array {
  const later = new Float64Array(own.length + 1).fill(Infinity);
  for (let p = own.length - 1; p >= 0; p--) later[p] = Math.min(own[p]!, later[p + 1]!);
  return later;
}

function mostOfTiles({ tile, together }: TileOrder, [height, width]: HeightWidth, own: Float64Array, filters: number) {
  const columns = Math.ceil(width / tile);
  const tiles = Array.from({ length: Math.ceil(height / tile) * columns }, (_, t) => {
    const [row, column] = [Math.floor(t / columns) * tile, (t % columns) * tile];
    const [bottom, right] = [Math.min(row + tile, height) - 1, Math.min(column + tile, width) - 1];
    return { read: own[row * width + column]!, end: (bottom * width + right + 1) * filters };
  });
  const later = latest(tiles.map(({ read }) => read));
  let most = Infinity;
  for (let t = 0; t < tiles.length; t += together) {
    const behind = Math.min(t + together, tiles.length);
    const end = Math.max(...tiles.slice(t, behind).map((each) => each.end));
    most = Math.min(most, later[behind]! - end);
  }
  return most;
}

/** The least lead of the next output's channel of the input over the output just written. */
function channelLead(channels: number, filters: number): number {
  const multiplier = filters / channels;
  return Array.from({ length: filters - 1 }, (_, o) => Math.floor((o + 1) / multiplier) - o - 1).reduce(
    (least, lead) => Math.min(least, lead),
    0,
  );
}

/** For each position the first pixel of its window that lies inside. */
function firstTaps({ batches, input, output, kernel, strides, dilations, before }: WindowGeometry): Float64Array {
  const first = (axis: 0 | 1): number[] =>
    Array.from({ length: output[axis] }, (_, at) => {
      const start = at * strides[axis] - before[axis];
      const outside = start >= 0 ? 0 : Math.min(kernel[axis] - 1, Math.ceil(-start / dilations[axis]));
      return Math.max(0, start + outside * dilations[axis]);
    });
  const [rows, columns] = [first(0), first(1)];
  return Float64Array.from({ length: batches * output[0] * output[1] }, (_, p) => {
    const row = Math.floor(p / output[1]);
    const picture = Math.floor(row / output[0]) * input[0];
    return (picture + rows[row % output[0]]!) * input[1] + columns[p % output[1]]!;
  });
}

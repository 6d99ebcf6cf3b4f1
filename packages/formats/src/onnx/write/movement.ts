import type { OpName } from '@kiln/ir';
import { DATA_TYPE } from '../proto.js';
import { int, ints, text, type Order } from './graph-writer.js';
import { first, inOrder, last, type NodeSite, type NodeWriters, unwritable } from './node-site.js';

const REDUCTIONS = {
  mean: 'ReduceMean',
  sum: 'ReduceSum',
  reduceMax: 'ReduceMax',
  reduceMin: 'ReduceMin',
  reduceProd: 'ReduceProd',
} as const;

/** Axes are an attribute before version 18, of ReduceSum before 13. */
function reduced(
  site: NodeSite<keyof typeof REDUCTIONS | 'reduceAll' | 'reduceAny'>,
  op: string,
  x: string,
  order: Order,
) {
  const { axes, keepDimensions } = site.node.attributes;
  const stored = axes.map((axis) => site.axis(axis, order));
  const keepdims = int(Number(keepDimensions));
  const asInput = site.writer.opset >= 18 || op === 'ReduceSum';
  const given = asInput ? [x, site.integers('/axes', stored)] : [x];
  const y = site.add(op, given, asInput ? { keepdims } : { keepdims, axes: ints(stored) });
  // With the planes gone, [N, C] is left in either order.
  return inOrder(y, keepDimensions ? order : 'channelsLast');
}

function reductionOrder(site: NodeSite<keyof typeof REDUCTIONS>): Order {
  const { axes, keepDimensions } = site.node.attributes;
  const keepsOrder = keepDimensions || axes.includes(3) || (axes.includes(1) && axes.includes(2));
  return keepsOrder ? site.order : 'channelsLast';
}

const reductionWriters = Object.fromEntries(
  Object.entries(REDUCTIONS).map(([op, name]) => [
    op,
    (site: NodeSite<keyof typeof REDUCTIONS>) => {
      const order = reductionOrder(site);
      return reduced(site, name, site.read(0, order), order);
    },
  ]),
) as NodeWriters;

/** Truth as 0 and 1, of which the least or the greatest is taken. */
function logical(op: string) {
  return (site: NodeSite<'reduceAll' | 'reduceAny'>) => {
    const numbers = site.add('Cast', [site.read(0)], { to: int(DATA_TYPE.int32) }, '/numbers');
    const [y] = reduced(site, op, numbers, 'channelsLast');
    return last(site.add('Cast', [y!.name], { to: int(DATA_TYPE.bool) }, '/truth'));
  };
}

function argument(op: string) {
  return (site: NodeSite<'argMax' | 'argMin'>) => {
    const y = site.add(op, [site.read(0)], { axis: int(site.node.attributes.axis), keepdims: int(0) }, '/index');
    return last(site.add('Cast', [y], { to: int(DATA_TYPE[site.outputs[0]!.dtype]) }));
  };
}

function padded(site: NodeSite<'pad' | 'mirrorPad'>, mode: string, value: readonly string[]) {
  const { before, after } = site.node.attributes;
  const { order } = site;
  const pads = site.integers('/pads', [...site.list(before, order), ...site.list(after, order)]);
  return inOrder(site.add('Pad', [site.read(0, order), pads, ...value], { mode: text(mode) }), order);
}

const END = 2 ** 31 - 1;

function sliced(
  site: NodeSite<OpName>,
  x: string,
  order: Order,
  { begin, size, strides }: { begin: readonly number[]; size: readonly number[]; strides: readonly number[] },
): string {
  // A free batch is left as it is; before the first element there is no index.
  const skip = site.writer.batch === -1 ? 1 : 0;
  const axes = begin.map((_, axis) => axis).slice(skip);
  const end = (axis: number): number => {
    const value = begin[axis]! + size[axis]! * strides[axis]!;
    return value < 0 ? -END : value;
  };
  const lists = [
    axes.map((axis) => begin[axis]!),
    axes.map(end),
    axes.map((axis) => site.axis(axis, order)),
    axes.map((axis) => strides[axis]!),
  ];
  return site.add('Slice', [
    x,
    ...lists.map((list, i) => site.integers(`/${['begin', 'end', 'axes', 'steps'][i]}`, list)),
  ]);
}

/** The float32 at size / length, or the next above, of which the part below size is never cut off. */
function scaleOf(length: number, size: number): number {
  const scale = Math.fround(size / length);
  return scale * length >= size ? scale : Math.fround(scale * (1 + 2 ** -23));
}

function resized(site: NodeSite<'resizeBilinear' | 'resizeNearest'>, mode: string) {
  const { size, alignCorners, halfPixelCenters } = site.node.attributes;
  const isNearest = mode === 'nearest';
  const free = site.writer.batch === -1;
  const [, height, width] = site.inputs[0]!.shape as [number, number, number];
  const scales = [scaleOf(height, size[0]), scaleOf(width, size[1])];
  const isExact = scales[0] === size[0] / height && scales[1] === size[1] / width;
  if (isNearest && (alignCorners || halfPixelCenters || (free && !isExact)))
    return gathered(site as NodeSite<'resizeNearest'>);
  const transformation = alignCorners ? 'align_corners' : halfPixelCenters ? 'half_pixel' : 'asymmetric';
  const given = free
    ? [site.writer.constant(`${site.name}/scales`, 'float32', [4], Float32Array.of(1, 1, ...scales))]
    : ['', site.integers('/sizes', site.list(site.outputs[0]!.shape, 'channelsFirst'))];
  const attributes = {
    mode: text(mode),
    coordinate_transformation_mode: text(transformation),
    ...(isNearest ? { nearest_mode: text('floor') } : {}),
  };
  const inputs = [site.read(0, 'channelsFirst'), '', ...given];
  return first(site.add('Resize', inputs, attributes));
}

/** Rows and columns by their indices, as TensorFlow chooses them. */
function gathered(site: NodeSite<'resizeNearest'>) {
  const { size, alignCorners, halfPixelCenters } = site.node.attributes;
  const x = site.inputs[0]!;
  const take = (y: string, axis: 0 | 1): string => {
    const [from, to] = [x.shape[axis + 1]!, size[axis]];
    const scale = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
    const positions = Array.from({ length: to }, (_, at) => {
      const position = Math.fround(at + (halfPixelCenters ? 0.5 : 0)) * Math.fround(scale);
      return Math.min(Math.max(0, alignCorners ? Math.round(position) : Math.floor(position)), from - 1);
    });
    return site.add(
      'Gather',
      [y, site.integers(`/indices_${axis}`, positions)],
      { axis: int(axis + 2) },
      `/axis_${axis}`,
    );
  };
  return first(take(take(site.read(0, 'channelsFirst'), 0), 1));
}

function blocks(op: string) {
  return (site: NodeSite<'spaceToDepth' | 'depthToSpace'>) =>
    first(site.add(op, [site.read(0, 'channelsFirst')], { blocksize: int(site.node.attributes.blockSize) }));
}

/** Operators that move elements, and those that make one value of many. */
export const MOVEMENT_WRITERS: NodeWriters = {
  ...reductionWriters,
  reduceAll: logical('ReduceMin'),
  reduceAny: logical('ReduceMax'),
  argMax: argument('ArgMax'),
  argMin: argument('ArgMin'),
  cumSum: (site) => {
    const { axis, exclusive, reverse } = site.node.attributes;
    const along = site.writer.constant(`${site.name}/axis`, 'int64', [], BigInt64Array.of(BigInt(axis)));
    const options = { exclusive: int(Number(exclusive)), reverse: int(Number(reverse)) };
    return last(site.add('CumSum', [site.read(0), along], options));
  },
  reshape: (site) => {
    const shape = site.integers('/shape', site.writer.batched(site.outputs[0]!.shape));
    return last(site.add('Reshape', [site.read(0), shape]));
  },
  copy: (site) => inOrder(site.add('Identity', [site.read(0, site.order)]), site.order),
  transpose: (site) => last(site.add('Transpose', [site.read(0)], { perm: ints(site.node.attributes.permutation) })),
  concatenation: (site) => {
    const { order } = site;
    const axis = int(site.axis(site.node.attributes.axis, order));
    return inOrder(site.add('Concat', site.readAll(order), { axis }), order);
  },
  split: (site) => {
    const { order } = site;
    const { axis, sizes } = site.node.attributes;
    const inputs = [site.read(0, order), site.integers('/sizes', sizes)];
    const names = site.writer.results('Split', site.name, inputs, { axis: int(site.axis(axis, order)) }, sizes.length);
    return names.flatMap((name) => inOrder(name, order));
  },
  slice: (site) => {
    const { order } = site;
    return inOrder(sliced(site, site.read(0, order), order, site.node.attributes), order);
  },
  reverse: (site) => {
    const { shape } = site.inputs[0]!;
    const { axes } = site.node.attributes;
    const strides = shape.map((_, axis) => (axes.includes(axis) ? -1 : 1));
    const begin = shape.map((size, axis) => (axes.includes(axis) ? size - 1 : 0));
    return last(sliced(site, site.read(0), 'channelsLast', { begin, size: shape, strides }));
  },
  gather: (site) => {
    const { axis, batchDimensions } = site.node.attributes;
    if (batchDimensions !== 0) throw unwritable(site.node, 'gathers within each element of a batch');
    return last(site.add('Gather', [site.read(0), site.read(1)], { axis: int(axis) }));
  },
  gatherNd: (site) => {
    const indices = site.add('Cast', [site.read(1)], { to: int(DATA_TYPE.int64) }, '/indices');
    return last(site.add('GatherND', [site.read(0), indices]));
  },
  pad: (site) => padded(site, 'constant', [site.read(1)]),
  mirrorPad: (site) => {
    const { mode, before, after } = site.node.attributes;
    if (mode === 'reflect') return padded(site, 'reflect', []);
    if ([...before, ...after].some((pad) => pad > 1))
      throw unwritable(site.node, 'repeats more than the outermost element');
    return padded(site, 'edge', []);
  },
  tile: (site) => last(site.add('Tile', [site.read(0), site.integers('/multiples', site.node.attributes.multiples)])),
  broadcastTo: (site) => last(site.add('Expand', [site.read(0), site.integers('/shape', site.node.attributes.shape)])),
  spaceToDepth: blocks('SpaceToDepth'),
  depthToSpace: blocks('DepthToSpace'),
  resizeBilinear: (site) => resized(site, 'linear'),
  resizeNearest: (site) => resized(site, 'nearest'),
};

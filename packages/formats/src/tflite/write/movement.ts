import { equalQuantization, type OpName } from '@kiln/ir';
import { MIRROR_PAD_MODES } from '../schema/enums.js';
import type { NodeContext, NodeWriter, NodeWriters } from './node-context.js';
import type { MovementName } from './operator-names.js';
import type { BuiltinName } from './versions.js';

/** Pairs of what stands before and behind each dimension. */
function pairs(
  context: NodeContext,
  suffix: string,
  { before, after }: { readonly before: readonly number[]; readonly after: readonly number[] },
): number {
  const values = before.flatMap((count, d) => [count, after[d]!]);
  return context.writer.integers(`${context.name}/${suffix}`, values, [before.length, 2]);
}

/** The same elements under the result's shape. */
function writeReshape<K extends OpName>(context: NodeContext<K>): void {
  const { shape } = context.outputs[0]!;
  const inputs = [context.read(0), context.integers('shape', shape)];
  context.emit('RESHAPE', inputs, ['ReshapeOptions', { newShape: shape }]);
}

/** PAD where the value is what stands for zero, else PADV2. */
function writePad(context: NodeContext<'pad'>): void {
  const [x, value] = context.inputs as [NodeContext['inputs'][number], NodeContext['inputs'][number]];
  const paddings = pairs(context as unknown as NodeContext, 'paddings', context.node.attributes);
  const zero = x.quantization?.zeroPoint[0] ?? 0;
  const isZero = value.data !== null && Number(value.data[0]) === zero;
  if (isZero && equalQuantization(x.quantization, value.quantization)) context.emit('PAD', [context.read(0), paddings]);
  else context.emit('PADV2', [context.read(0), paddings, context.read(1)]);
}

/** Pieces of one size are a SPLIT, others a SPLIT_V; of bools, which neither takes, a SLICE each. */
function writeSplit(context: NodeContext<'split'>): void {
  const { axis, sizes } = context.node.attributes;
  if (context.inputs[0]!.dtype === 'bool') {
    writePieces(context);
    return;
  }
  const numSplits = sizes.length;
  if (sizes.every((size) => size === sizes[0])) {
    context.emit('SPLIT', [context.integer('axis', axis), context.read(0)], ['SplitOptions', { numSplits }]);
    return;
  }
  const inputs = [context.read(0), context.integers('sizes', sizes), context.integer('axis', axis)];
  context.emit('SPLIT_V', inputs, ['SplitVOptions', { numSplits }]);
}

function writePieces(context: NodeContext<'split'>): void {
  const { axis, sizes } = context.node.attributes;
  let first = 0;
  sizes.forEach((size, i) => {
    const { shape } = context.outputs[i]!;
    const begin = context.integers(
      `begin_${i}`,
      shape.map((_, d) => (d === axis ? first : 0)),
    );
    const inputs = [context.read(0), begin, context.integers(`size_${i}`, shape)];
    context.writer.operator('SLICE', inputs, [context.result(i)]);
    first += size;
  });
}

/** Strides of 1 are a SLICE. A stride backwards that takes in element 0 ends before it, which only the mask can say. */
function writeSlice(context: NodeContext<'slice'>): void {
  const { begin, size, strides } = context.node.attributes;
  if (strides.every((stride) => stride === 1)) {
    context.emit('SLICE', [context.read(0), context.integers('begin', begin), context.integers('size', size)]);
    return;
  }
  const end = begin.map((first, d) => first + size[d]! * strides[d]!);
  const endMask = end.reduce((mask, last, d) => (last < 0 ? mask | (1 << d) : mask), 0);
  const limits = end.map((last, d) => Math.max(0, Math.min(last, context.inputs[0]!.shape[d]!)));
  const lists = [context.integers('begin', begin), context.integers('end', limits), context.integers('strides', strides)];
  context.emit('STRIDED_SLICE', [context.read(0), ...lists], ['StridedSliceOptions', { endMask }]);
}

/** A single value that fills a shape is a FILL. */
function writeBroadcast(context: NodeContext<'broadcastTo'>): void {
  const shape = context.integers('shape', context.outputs[0]!.shape);
  if (context.inputs[0]!.shape.length === 0) context.emit('FILL', [shape, context.read(0)]);
  else context.emit('BROADCAST_TO', [context.read(0), shape]);
}

function resize<K extends 'resizeBilinear' | 'resizeNearest'>(
  name: BuiltinName,
  member: 'ResizeBilinearOptions' | 'ResizeNearestNeighborOptions',
): NodeWriter<K> {
  return (context) => {
    const { size, alignCorners, halfPixelCenters } = context.node.attributes;
    const inputs = [context.read(0), context.integers('size', size)];
    context.emit(name, inputs, [member, { alignCorners, halfPixelCenters }]);
  };
}

function blocks<K extends 'spaceToBatch' | 'batchToSpace'>(name: BuiltinName, around: string): NodeWriter<K> {
  return (context) => {
    const { block, ...lists } = context.node.attributes;
    const margins = pairs(context as unknown as NodeContext, around, lists);
    context.emit(name, [context.read(0), context.integers('block', block), margins]);
  };
}

function writeOneHot(context: NodeContext<'oneHot'>): void {
  const { depth, axis } = context.node.attributes;
  const last = context.outputs[0]!.shape.length - 1;
  const inputs = [context.read(0), context.integer('depth', depth), context.read(1), context.read(2)];
  context.emit('ONE_HOT', inputs, ['OneHotOptions', { axis: axis === last ? -1 : axis }]);
}

/** Operators that move elements. */
export const MOVEMENT_WRITERS: NodeWriters<MovementName> = {
  reshape: writeReshape,
  copy: writeReshape,
  transpose: (context) =>
    context.emit('TRANSPOSE', [context.read(0), context.integers('permutation', context.node.attributes.permutation)]),
  concatenation: (context) =>
    context.emit('CONCATENATION', context.readAll(), ['ConcatenationOptions', { axis: context.node.attributes.axis }]),
  split: writeSplit,
  slice: writeSlice,
  gather: (context) => {
    const { axis, batchDimensions: batchDims } = context.node.attributes;
    context.emit('GATHER', context.readAll(), ['GatherOptions', { axis, batchDims }]);
  },
  gatherNd: (context) => context.emit('GATHER_ND', context.readAll()),
  oneHot: writeOneHot,
  pad: writePad,
  mirrorPad: (context) => {
    const { mode: wanted, ...lists } = context.node.attributes;
    const mode = MIRROR_PAD_MODES.indexOf(wanted === 'reflect' ? 'REFLECT' : 'SYMMETRIC');
    const paddings = pairs(context as unknown as NodeContext, 'paddings', lists);
    context.emit('MIRROR_PAD', [context.read(0), paddings], ['MirrorPadOptions', { mode }]);
  },
  tile: (context) =>
    context.emit('TILE', [context.read(0), context.integers('multiples', context.node.attributes.multiples)]),
  broadcastTo: writeBroadcast,
  reverse: (context) =>
    context.emit('REVERSE_V2', [context.read(0), context.integers('axes', context.node.attributes.axes)]),
  spaceToDepth: (context) =>
    context.emit('SPACE_TO_DEPTH', context.readAll(), [
      'SpaceToDepthOptions',
      { blockSize: context.node.attributes.blockSize },
    ]),
  depthToSpace: (context) =>
    context.emit('DEPTH_TO_SPACE', context.readAll(), [
      'DepthToSpaceOptions',
      { blockSize: context.node.attributes.blockSize },
    ]),
  spaceToBatch: blocks('SPACE_TO_BATCH_ND', 'paddings'),
  batchToSpace: blocks('BATCH_TO_SPACE_ND', 'crops'),
  resizeBilinear: resize('RESIZE_BILINEAR', 'ResizeBilinearOptions'),
  resizeNearest: resize('RESIZE_NEAREST_NEIGHBOR', 'ResizeNearestNeighborOptions'),
  dynamicUpdateSlice: (context) => context.emit('DYNAMIC_UPDATE_SLICE', context.readAll()),
};

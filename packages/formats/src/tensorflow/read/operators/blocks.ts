import { dilated } from '../dilation.js';
import type { NodeContext } from '../node-context.js';
import type { Tensorial } from '../value.js';
import type { NodeReaders } from './node-reader.js';
import { pairsOf } from './pairs.js';

function readBlocks(context: NodeContext): Tensorial {
  const x = context.ranked(0, 4);
  const blockSize = context.number('block_size', 0);
  context.positive('block size', [blockSize], 1);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  if (context.text('data_format', 'NHWC') !== 'NHWC')
    throw context.unsupported('E-GRAPHDEF-FORMAT', 'has its channels first, expected NHWC');
  const square = blockSize * blockSize;
  if (context.node.op === 'SpaceToDepth')
    return context.emit(
      'spaceToDepth',
      { blockSize },
      [x],
      [batch, height / blockSize, width / blockSize, channels * square],
    );
  return context.emit(
    'depthToSpace',
    { blockSize },
    [x],
    [batch, height * blockSize, width * blockSize, channels / square],
  );
}

function readSpaceToBatch(context: NodeContext): Tensorial {
  const x = context.tensor(0);
  const block = context.positive('block', context.integers(1));
  const { before, after } = pairsOf(context, 2, block.length);
  const times = block.reduce((product, size) => product * size, 1);
  const shape = x.shape.map((size, d) => {
    if (d === 0) return size * times;
    return d > block.length ? size : (size + before[d - 1]! + after[d - 1]!) / block[d - 1]!;
  });
  return context.emit('spaceToBatch', { block, before, after }, [x], shape);
}

function readBatchToSpace(context: NodeContext): Tensorial {
  const x = context.tensor(0);
  const block = context.positive('block', context.integers(1));
  const { before, after } = pairsOf(context, 2, block.length);
  const whole = dilated(context, x, block, before, after);
  if (whole !== null) return whole;
  const times = block.reduce((product, size) => product * size, 1);
  const shape = x.shape.map((size, d) => {
    if (d === 0) return size / times;
    return d > block.length ? size : size * block[d - 1]! - before[d - 1]! - after[d - 1]!;
  });
  return context.emit('batchToSpace', { block, before, after }, [x], shape);
}

function readResize(context: NodeContext): Tensorial {
  const x = context.ranked(0, 4);
  const [height, width] = context.positive('size', context.integers(1), 2) as [number, number];
  const attributes = {
    size: [height, width] as const,
    alignCorners: context.flag('align_corners'),
    halfPixelCenters: context.flag('half_pixel_centers'),
  };
  const op = context.node.op === 'ResizeBilinear' ? 'resizeBilinear' : 'resizeNearest';
  return context.emit(op, attributes, [x], [x.shape[0]!, height, width, x.shape[3]!]);
}

/** Operators that move blocks of a plane, or change its size. */
export const blockReaders: NodeReaders = {
  SpaceToDepth: (context) => [readBlocks(context)],
  DepthToSpace: (context) => [readBlocks(context)],
  SpaceToBatchND: (context) => [readSpaceToBatch(context)],
  BatchToSpaceND: (context) => [readBatchToSpace(context)],
  ResizeBilinear: (context) => [readResize(context)],
  ResizeNearestNeighbor: (context) => [readResize(context)],
};

import type { NodeOf, Shape } from '@kiln/ir';
import { type NestOperand, stridesOf } from '../nest.js';
import type { Site } from '../site.js';
import type { Move } from './move.js';
import { movingOperator } from './moving.js';
import { shapeFault } from './shape-fault.js';

type DepthSpace = 'spaceToDepth' | 'depthToSpace';

/** Loops over N, H, b, W, b, C of the coarse picture [N, H, W, b * b * C] and the fine one [N, H * b, W * b, C]. */
function operandsOf(coarse: Shape, block: number): { sizes: Shape; coarse: NestOperand; fine: NestOperand } {
  const [batches, height, width, depth] = coarse as [number, number, number, number];
  const channels = depth / (block * block);
  const sizes = [batches, height, block, width, block, channels];
  const [n, h, w] = stridesOf(coarse) as [number, number, number];
  return {
    sizes,
    coarse: { offset: 0, strides: [n, h, block * channels, w, channels, 1] },
    fine: { offset: 0, strides: stridesOf(sizes) },
  };
}

function pictureOf(node: NodeOf<DepthSpace>, shape: Shape, fits: (shape: Shape, block: number) => boolean): Shape {
  const { blockSize } = node.attributes;
  if (shape.length === 4 && blockSize >= 1 && fits(shape, blockSize)) return shape;
  const message = `found [${shape.join(', ')}] for blocks of ${blockSize}, expected [N, H, W, C] that they divide`;
  throw shapeFault('E-DEPTH-SPACE', node, message);
}

/** Source: TensorFlow Lite, kernels/internal/reference/space_to_depth.h. */
export const spaceToDepth = movingOperator({
  op: 'spaceToDepth',
  summary: 'y[r][c][(i * b + j) * C + k] = x[r * b + i][c * b + j][k]',
  formula: 'y[r][c][(i * b + j) * C + k] = x[r * b + i][c * b + j][k]',
  moves: ({ node, outputs }: Site<'spaceToDepth'>): Move[] => {
    const { sizes, coarse, fine } = operandsOf(outputs[0]!.shape, node.attributes.blockSize);
    return [{ to: 0, from: 0, nest: { sizes, operands: [coarse, fine] } }];
  },
  inferShapes: (node, [x]) => {
    const { blockSize: b } = node.attributes;
    const [n, h, w, c] = pictureOf(node, x!.shape, (shape) => shape[1]! % b === 0 && shape[2]! % b === 0);
    return [[n!, h! / b, w! / b, c! * b * b]];
  },
});

/** Source: TensorFlow Lite, kernels/internal/reference/depth_to_space.h. */
export const depthToSpace = movingOperator({
  op: 'depthToSpace',
  summary: 'y[r * b + i][c * b + j][k] = x[r][c][(i * b + j) * C + k]',
  formula: 'y[r * b + i][c * b + j][k] = x[r][c][(i * b + j) * C + k]',
  moves: ({ node, inputs }: Site<'depthToSpace'>): Move[] => {
    const { sizes, coarse, fine } = operandsOf(inputs[0]!.shape, node.attributes.blockSize);
    return [{ to: 0, from: 0, nest: { sizes, operands: [fine, coarse] } }];
  },
  inferShapes: (node, [x]) => {
    const { blockSize: b } = node.attributes;
    const [n, h, w, c] = pictureOf(node, x!.shape, (shape) => shape[3]! % (b * b) === 0);
    return [[n!, h! * b, w! * b, c! / (b * b)]];
  },
});

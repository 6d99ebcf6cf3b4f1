import { elementCount, type NodeOf, type Shape } from '@kiln/ir';
import { type NestOperand, stridesOf, wholeTensor } from '../nest.js';
import type { Site } from '../site.js';
import { type Guard, type Move, zeroOf } from './move.js';
import { movingOperator } from './moving.js';
import { shapeFault } from './shape-fault.js';

type BatchSpace = 'spaceToBatch' | 'batchToSpace';

/**
 * Loops over the blocks' dimensions and the batches, which together are the batches of the many small pictures, then over
 * the small pictures' spatial dimensions and what is inside. The guards keep to the big picture.
 */
function layout(node: NodeOf<BatchSpace>, big: Shape, small: Shape) {
  const { block, before } = node.attributes;
  const strides = stridesOf(big);
  const none = block.map(() => 0);
  const place = (d: number, stride: number): NestOperand => ({
    offset: -before[d]! * stride,
    strides: [
      ...none.map((_, b) => (b === d ? stride : 0)),
      0,
      ...small.slice(1).map((_, s) => (s === d ? block[d]! * stride : 0)),
    ],
  });
  const spatial = block.map((_, d) => place(d, strides[d + 1]!));
  const inside = strides.slice(1).map((stride, s) => (s < block.length ? 0 : stride));
  const bigOperand: NestOperand = {
    offset: spatial.reduce((sum, { offset }) => sum + offset, 0),
    strides: [...none, strides[0]!, ...inside].map((stride, i) =>
      spatial.reduce((sum, s) => sum + s.strides[i]!, stride),
    ),
  };
  const sizes = [...block, big[0]!, ...small.slice(1)];
  const guards: Guard[] = block.map((_, d) => ({ place: place(d, 1), size: big[d + 1]! }));
  return { sizes, big: bigOperand, small: wholeTensor(sizes), guards };
}

function isPadded({ attributes: { before, after } }: NodeOf<BatchSpace>): boolean {
  return [...before, ...after].some((count) => count > 0);
}

/** The attributes of a node, if they fit a tensor of that shape: one of each for its second and following dimensions. */
function attributesOf(node: NodeOf<BatchSpace>, shape: Shape) {
  const { block, before, after } = node.attributes;
  const whole = (least: number) => (value: number) => Number.isInteger(value) && value >= least;
  const fits = block.length + 1 <= shape.length && before.length === block.length && after.length === block.length;
  if (fits && block.every(whole(1)) && [...before, ...after].every(whole(0))) return node.attributes;
  const found = `blocks [${block.join(', ')}], [${before.join(', ')}] before, [${after.join(', ')}] after`;
  throw shapeFault(
    'E-BATCH-SPACE',
    node,
    `found ${found}, expected one of each for spatial dimensions of [${shape.join(', ')}]`,
  );
}

/** The padding is the zero point. Source: TensorFlow Lite, kernels/internal/reference/space_to_batch_nd.h. */
export const spaceToBatch = movingOperator({
  op: 'spaceToBatch',
  summary: 'every block-th element of the padded x in one batch',
  formula: 'y[(i * b + j) * N + n][r][c] = x[n][r * b + i - before][c * b + j - before]',
  moves: ({ node, inputs, outputs }: Site<'spaceToBatch'>): Move[] => {
    const { sizes, big, small, guards } = layout(node, inputs[0]!.shape, outputs[0]!.shape);
    const move: Move = {
      to: 0,
      from: 0,
      nest: { sizes, operands: [small, big] },
      guards: isPadded(node) ? guards : [],
    };
    if (!isPadded(node)) return [move];
    const whole = [elementCount(outputs[0]!.shape)];
    const fill = { fill: zeroOf(outputs[0]!) };
    return [{ to: 0, from: fill, nest: { sizes: whole, operands: [wholeTensor(whole)] } }, move];
  },
  inferShapes: (node, [x]) => {
    const { block, before, after } = attributesOf(node, x!.shape);
    const small = block.map((size, d) => (before[d]! + x!.shape[d + 1]! + after[d]!) / size);
    if (!small.every(Number.isInteger)) {
      const found = `[${x!.shape.join(', ')}] with [${before.join(', ')}] before and [${after.join(', ')}] after`;
      throw shapeFault('E-SPACE-TO-BATCH', node, `found ${found}, expected sizes that [${block.join(', ')}] divide`);
    }
    return [[x!.shape[0]! * elementCount(block), ...small, ...x!.shape.slice(block.length + 1)]];
  },
});

/** Source: TensorFlow Lite, kernels/internal/reference/batch_to_space_nd.h. */
export const batchToSpace = movingOperator({
  op: 'batchToSpace',
  summary: 'the batches of every block interleaved, then cropped',
  formula: 'y[n][r * b + i - before][c * b + j - before] = x[(i * b + j) * N + n][r][c]',
  moves: ({ node, inputs, outputs }: Site<'batchToSpace'>): Move[] => {
    const { sizes, big, small, guards } = layout(node, outputs[0]!.shape, inputs[0]!.shape);
    return [{ to: 0, from: 0, nest: { sizes, operands: [big, small] }, guards: isPadded(node) ? guards : [] }];
  },
  inferShapes: (node, [x]) => {
    const { block, before, after } = attributesOf(node, x!.shape);
    const batches = x!.shape[0]! / elementCount(block);
    const big = block.map((size, d) => size * x!.shape[d + 1]! - before[d]! - after[d]!);
    if (!Number.isInteger(batches) || !big.every((size) => size >= 1)) {
      const found = `[${x!.shape.join(', ')}] cropped by [${before.join(', ')}] before and [${after.join(', ')}] after`;
      const message = `found ${found}, expected batches that [${block.join(', ')}] divide and something left`;
      throw shapeFault('E-BATCH-TO-SPACE', node, message);
    }
    return [[batches, ...big, ...x!.shape.slice(block.length + 1)]];
  },
});

import type { HeightWidth, NodeAttributes, OpName } from '@kiln/ir';
import type { NodeContext } from './node-context.js';
import type { Flowing, Tensorial } from './value.js';

/**
 * A convolution between SpaceToBatchND and BatchToSpaceND is one with holes: TensorFlow writes dilation so.
 *
 *   crop(convolve(pad(x, before, after), holes), cropBefore, cropAfter) = convolve(pad(x, before - cropBefore, after - cropAfter), holes)
 *
 * `x` is what BatchToSpaceND reads, and `cropBefore`, `cropAfter` what it cuts off. Null where it is no such pattern.
 */
export function dilated(
  context: NodeContext,
  x: Tensorial,
  block: readonly number[],
  cropBefore: readonly number[],
  cropAfter: readonly number[],
): Tensorial | null {
  const { makers } = context.construction;
  const convolution = x.kind === 'flowing' ? makers.get(x.id) : undefined;
  const spread = convolution === undefined ? undefined : makers.get(convolution.x.id);
  if (convolution === undefined || spread?.op !== 'spaceToBatch' || !isConvolution(convolution.op)) return null;
  const { block: blocks, before, after } = spread.attributes as NodeAttributes['spaceToBatch'];
  const options = convolution.attributes as NodeAttributes['conv2d'];
  const isPlain = [...options.strides, ...options.dilations].every((size) => size === 1) && options.padding === 'valid';
  const fits = block.length === blocks.length && block.every((size, i) => size === blocks[i]);
  if (!isPlain || !fits || block.length > 2 || spread.x.shape.length !== 4) return null;
  const both = (values: readonly number[], missing: number): [number, number] => [
    values[0] ?? missing,
    values[1] ?? missing,
  ];
  const [padBefore, padAfter] = [both(before, 0), both(after, 0)];
  const least = [0, 1].map((i) => padBefore[i]! - (cropBefore[i] ?? 0));
  const most = [0, 1].map((i) => padAfter[i]! - (cropAfter[i] ?? 0));
  if ([...least, ...most].some((size) => size < 0)) return null;
  const padded = pad(context, spread.x, least, most);
  const shape = (x as Flowing).shape.map((size, d) => {
    if (d === 0) return spread.x.shape[0]!;
    return d === 3 ? size : size * both(block, 1)[d - 1]! - (cropBefore[d - 1] ?? 0) - (cropAfter[d - 1] ?? 0);
  });
  const attributes = { ...options, dilations: both(block, 1) satisfies HeightWidth };
  const constants = convolution.constants;
  return context.emit(convolution.op, attributes, [padded, ...constants], shape);
}

function isConvolution(op: OpName): op is 'conv2d' | 'depthwiseConv2d' {
  return op === 'conv2d' || op === 'depthwiseConv2d';
}

function pad(context: NodeContext, x: Flowing, before: readonly number[], after: readonly number[]): Flowing {
  if ([...before, ...after].every((size) => size === 0)) return x;
  const shape = x.shape.map((size, d) => (d === 0 || d === 3 ? size : size + before[d - 1]! + after[d - 1]!));
  const attributes = { before: [0, ...before, 0], after: [0, ...after, 0] };
  return context.emit('pad', attributes, [x, context.scalar('zero', 0)], shape, x.dtype, '/pad');
}

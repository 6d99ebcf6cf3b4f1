import type { NodeOf, Shape } from '@kiln/ir';
import { shapeFault } from './shape-fault.js';

/** The shape with `before` and `after` added. Throws `ShapeError` for paddings that do not fit the shape or are negative. */
export function paddedShape(node: NodeOf<'pad' | 'mirrorPad'>, shape: Shape): Shape {
  const { before, after } = node.attributes;
  const fits = (counts: readonly number[]): boolean =>
    counts.length === shape.length && counts.every((count) => Number.isInteger(count) && count >= 0);
  if (!fits(before) || !fits(after)) {
    const found = `[${before.join(', ')}] before and [${after.join(', ')}] after`;
    throw shapeFault('E-PAD', node, `found ${found}, expected 0 or more for each dimension of [${shape.join(', ')}]`);
  }
  return shape.map((size, d) => before[d]! + size + after[d]!);
}

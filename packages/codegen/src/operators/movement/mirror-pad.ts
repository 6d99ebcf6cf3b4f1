import type { Site } from '../site.js';
import type { Move } from './move.js';
import { movingOperator } from './moving.js';
import { paddedShape } from './padding.js';
import { shapeFault } from './shape-fault.js';
import { listMove } from './walk.js';

function moves({ node, inputs }: Site<'mirrorPad'>): Move[] {
  const { before, after, mode } = node.attributes;
  const { shape } = inputs[0]!;
  const outermost = mode === 'reflect' ? 0 : 1;
  const lists = shape.map((size, d) =>
    Array.from({ length: before[d]! + size + after[d]! }, (_, i) => {
      const index = i - before[d]!;
      if (index < 0) return -index - outermost;
      return index < size ? index : 2 * (size - 1) + outermost - index;
    }),
  );
  return [listMove(shape, lists)];
}

/** Along a padded dimension a table says where each element comes from. Source: TensorFlow, MirrorPad. */
export const mirrorPad = movingOperator({
  op: 'mirrorPad',
  summary: 'x with its own elements around it, mirrored',
  formula: 'y = x with its own elements around it, mirrored',
  moves,
  inferShapes: (node, [x]) => {
    const { before, after, mode } = node.attributes;
    const padded = paddedShape(node, x!.shape);
    const most = x!.shape.map((size) => (mode === 'reflect' ? size - 1 : size));
    if ([...before, ...after].some((count, i) => count > most[i % most.length]!)) {
      const found = `[${before.join(', ')}] before and [${after.join(', ')}] after`;
      throw shapeFault(
        'E-MIRROR-PAD',
        node,
        `found ${found}, expected at most [${most.join(', ')}] to mirror (${mode})`,
      );
    }
    return [padded];
  },
});

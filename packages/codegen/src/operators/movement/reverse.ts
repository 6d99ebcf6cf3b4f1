import type { Site } from '../site.js';
import type { Move } from './move.js';
import { movingOperator } from './moving.js';
import { shapeFault } from './shape-fault.js';
import { everyIndex, listMove } from './walk.js';

function moves({ node, inputs }: Site<'reverse'>): Move[] {
  const { shape } = inputs[0]!;
  const lists = shape.map((size, d) =>
    node.attributes.axes.includes(d) ? everyIndex(size).reverse() : everyIndex(size),
  );
  return [listMove(shape, lists)];
}

export const reverse = movingOperator({
  op: 'reverse',
  summary: 'x from back to front along the axes',
  formula: 'y = x from back to front along some of its dimensions',
  moves,
  inferShapes: (node, [x]) => {
    const { axes } = node.attributes;
    if (!axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < x!.shape.length)) {
      const message = `found the axes [${axes.join(', ')}], expected dimensions of [${x!.shape.join(', ')}]`;
      throw shapeFault('E-REVERSE', node, message);
    }
    return [x!.shape];
  },
});

import type { Site } from '../site.js';
import type { Move } from './move.js';
import { movingOperator } from './moving.js';
import { shapeFault } from './shape-fault.js';
import { listMove } from './walk.js';

function moves({ node, inputs }: Site<'tile'>): Move[] {
  const { shape } = inputs[0]!;
  const lists = shape.map((size, d) =>
    Array.from({ length: size * node.attributes.multiples[d]! }, (_, i) => i % size),
  );
  return [listMove(shape, lists)];
}

export const tile = movingOperator({
  op: 'tile',
  summary: 'x, multiples times along each dimension',
  formula: 'y[i] = x[i modulo the size of x]',
  moves,
  inferShapes: (node, [x]) => {
    const { multiples } = node.attributes;
    if (multiples.length !== x!.shape.length || !multiples.every((count) => Number.isInteger(count) && count >= 1)) {
      const found = `the multiples [${multiples.join(', ')}]`;
      throw shapeFault(
        'E-TILE',
        node,
        `found ${found}, expected 1 or more for each dimension of [${x!.shape.join(', ')}]`,
      );
    }
    return [x!.shape.map((size, d) => size * multiples[d]!)];
  },
});

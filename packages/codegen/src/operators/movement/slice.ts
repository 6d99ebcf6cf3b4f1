import type { Site } from '../site.js';
import type { Move } from './move.js';
import { movingOperator } from './moving.js';
import { shapeFault } from './shape-fault.js';
import { listMove } from './walk.js';

function moves({ node, inputs }: Site<'slice'>): Move[] {
  const { begin, size, strides } = node.attributes;
  const lists = size.map((count, d) => Array.from({ length: count }, (_, i) => begin[d]! + i * strides[d]!));
  return [listMove(inputs[0]!.shape, lists)];
}

/** A view where the elements are neighbours: whole inner dimensions, in steps of 1. Source: TensorFlow Lite, StridedSlice. */
export const slice = movingOperator({
  op: 'slice',
  summary: 'y[i] = x[begin + i * strides]',
  formula: 'y[i] = x[begin + i * strides]',
  moves,
  inferShapes: (node, [x]) => {
    const { begin, size, strides } = node.attributes;
    const { shape } = x!;
    const inside = (index: number, d: number): boolean => Number.isInteger(index) && index >= 0 && index < shape[d]!;
    const fits = (count: number, d: number): boolean =>
      count >= 1 && inside(begin[d]!, d) && inside(begin[d]! + (count - 1) * strides[d]!, d);
    if ([begin, size, strides].some(({ length }) => length !== shape.length) || !size.every(fits)) {
      const found = `begin [${begin.join(', ')}], size [${size.join(', ')}], strides [${strides.join(', ')}]`;
      throw shapeFault('E-SLICE', node, `found ${found}, expected at least 1 element within [${shape.join(', ')}]`);
    }
    return [size];
  },
});

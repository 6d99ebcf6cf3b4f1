import { stridesOf } from '../nest.js';
import type { Site } from '../site.js';
import type { Move } from './move.js';
import { movingOperator } from './moving.js';
import { shapeFault } from './shape-fault.js';

function moves({ node, inputs, outputs }: Site<'transpose'>): Move[] {
  const strides = stridesOf(inputs[0]!.shape);
  const { shape } = outputs[0]!;
  const x = { offset: 0, strides: node.attributes.permutation.map((axis) => strides[axis]!) };
  return [{ to: 0, from: 0, nest: { sizes: shape, operands: [{ offset: 0, strides: stridesOf(shape) }, x] } }];
}

/** A view where only dimensions of size 1 change their place. */
export const transpose = movingOperator({
  op: 'transpose',
  summary: 'y[j] = x[i] with j[d] = i[permutation[d]]',
  formula: 'y = x with its dimensions in another order',
  moves,
  inferShapes: (node, [x]) => {
    const { permutation } = node.attributes;
    const { shape } = x!;
    if (permutation.length !== shape.length || !shape.every((_, axis) => permutation.includes(axis))) {
      const message = `found the permutation [${permutation.join(', ')}], expected each of ${shape.length} dimensions once`;
      throw shapeFault('E-TRANSPOSE', node, message);
    }
    return [permutation.map((axis) => shape[axis]!)];
  },
});

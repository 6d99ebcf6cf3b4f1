import { stridesOf, wholeTensor } from '../nest.js';
import type { Site } from '../site.js';
import type { Move } from './move.js';
import { movingOperator } from './moving.js';
import { shapeFault } from './shape-fault.js';

function moves({ node, inputs, outputs }: Site<'split'>): Move[] {
  const { axis, sizes } = node.attributes;
  const strides = stridesOf(inputs[0]!.shape);
  let before = 0;
  return outputs.map(({ shape }, to) => {
    const x = { offset: before * strides[axis]!, strides };
    before += sizes[to]!;
    return { to, from: 0, nest: { sizes: shape, operands: [wholeTensor(shape), x] } };
  });
}

/** Views along the outermost dimension that is not 1. */
export const split = movingOperator({
  op: 'split',
  summary: 'x in consecutive pieces along the axis',
  formula: 'x in consecutive pieces',
  moves,
  inferShapes: (node, [x]) => {
    const { axis, sizes } = node.attributes;
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total !== x!.shape[axis] || sizes.length !== node.outputs.length || !sizes.every((size) => size > 0)) {
      const found = `pieces of [${sizes.join(', ')}] for ${node.outputs.length} outputs along dimension ${axis}`;
      throw shapeFault(
        'E-SPLIT',
        node,
        `found ${found}, expected one of at least 1 for each output, together ${x!.shape[axis]}`,
      );
    }
    return sizes.map((size) => x!.shape.map((whole, d) => (d === axis ? size : whole)));
  },
});

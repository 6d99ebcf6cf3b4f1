import { broadcastOperand, wholeTensor } from '../nest.js';
import type { Site } from '../site.js';
import type { Move } from './move.js';
import { movingOperator } from './moving.js';
import { shapeFault } from './shape-fault.js';

function moves({ inputs, outputs }: Site<'broadcastTo'>): Move[] {
  const { shape } = outputs[0]!;
  const operands = [wholeTensor(shape), broadcastOperand(inputs[0]!.shape, shape)];
  return [{ to: 0, from: 0, nest: { sizes: shape, operands } }];
}

export const broadcastTo = movingOperator({
  op: 'broadcastTo',
  summary: 'x, repeated along its dimensions of size 1 and along new ones in front',
  formula: 'y = x, repeated along its dimensions of size 1 and along new ones in front',
  moves,
  inferShapes: (node, [x]) => {
    const { shape } = node.attributes;
    const added = shape.length - x!.shape.length;
    if (added < 0 || !x!.shape.every((size, d) => size === 1 || size === shape[added + d])) {
      const found = `[${x!.shape.join(', ')}] for the target [${shape.join(', ')}]`;
      throw shapeFault('E-BROADCAST', node, `found ${found}, expected its last sizes, or 1`);
    }
    return [shape];
  },
});

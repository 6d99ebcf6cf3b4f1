import type { OpName } from '@kiln/ir';
import { wholeTensor } from '../nest.js';
import { SEPARATE } from '../operator.js';
import type { Site } from '../site.js';
import type { Move } from './move.js';
import { movingOperator } from './moving.js';

function moves<K extends OpName>({ inputs }: Site<K>): Move[] {
  const { shape } = inputs[0]!;
  return [{ to: 0, from: 0, nest: { sizes: shape, operands: [wholeTensor(shape), wholeTensor(shape)] } }];
}

/** Where an output or a state may not share the memory of what it equals. */
export const copy = movingOperator({
  op: 'copy',
  summary: 'y = x, in memory of its own',
  formula: 'y = x',
  moves,
  memory: () => SEPARATE,
  inferShapes: (_, [x]) => [x!.shape],
});

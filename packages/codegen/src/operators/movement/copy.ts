import type { OpName } from '@kiln/ir';
import { wholeTensor } from '../nest.js';
import { type Operator, SEPARATE } from '../operator.js';
import type { Site } from '../site.js';
import { type Move, moveKernel, moveReference } from './move.js';

function moves<K extends OpName>({ inputs }: Site<K>): Move[] {
  const { shape } = inputs[0]!;
  return [{ to: 0, from: 0, nest: { sizes: shape, operands: [wholeTensor(shape), wholeTensor(shape)] } }];
}

/** Where an output or a state may not share the memory of what it equals. */
export const copy: Operator<'copy'> = {
  op: 'copy',
  summary: 'y = x, in memory of its own',
  dtypes: ['float32', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'],
  exactness: 'exact',
  memory: () => SEPARATE,
  inferShapes: (_, [x]) => [x!.shape],
  problems: () => [],
  reference: moveReference(moves),
  quantizer: { output: 'as-input', constants: () => [] },
  macs: () => 0,
  kernels: [moveKernel('copy', 'y = x', moves)],
};

import { stridesOf } from '../nest.js';
import type { Operator } from '../operator.js';
import type { Site } from '../site.js';
import { type Move, moveKernel, moveReference } from './move.js';
import { EVERY_DTYPE, movedTypeProblems } from './moved-types.js';
import { shapeFault } from './shape-fault.js';
import { viewOrSeparate } from './view.js';

function moves({ node, inputs, outputs }: Site<'transpose'>): Move[] {
  const strides = stridesOf(inputs[0]!.shape);
  const { shape } = outputs[0]!;
  const x = { offset: 0, strides: node.attributes.permutation.map((axis) => strides[axis]!) };
  return [{ to: 0, from: 0, nest: { sizes: shape, operands: [{ offset: 0, strides: stridesOf(shape) }, x] } }];
}

/** A view where only dimensions of size 1 change their place. */
export const transpose: Operator<'transpose'> = {
  op: 'transpose',
  summary: 'y[j] = x[i] with j[d] = i[permutation[d]]',
  dtypes: EVERY_DTYPE,
  exactness: 'exact',
  memory: viewOrSeparate(moves),
  inferShapes: (node, [x]) => {
    const { permutation } = node.attributes;
    const { shape } = x!;
    if (permutation.length !== shape.length || !shape.every((_, axis) => permutation.includes(axis))) {
      const message = `found the permutation [${permutation.join(', ')}], expected each of ${shape.length} dimensions once`;
      throw shapeFault('E-TRANSPOSE', node, message);
    }
    return [permutation.map((axis) => shape[axis]!)];
  },
  problems: (site) => movedTypeProblems(site),
  reference: moveReference(moves),
  quantizer: { output: 'as-input', constants: () => [] },
  macs: () => 0,
  kernels: [moveKernel('transpose', 'y = x with its dimensions in another order', moves)],
};

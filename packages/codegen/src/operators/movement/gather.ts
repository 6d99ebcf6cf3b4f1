import { elementCount, type NodeOf, type Shape, type Tensor } from '@kiln/ir';
import { stridesOf } from '../nest.js';
import { type Operator, SEPARATE } from '../operator.js';
import type { Site } from '../site.js';
import { type Gathering, gatherKernel, gatherReference, indexProblems, rangeProblems } from './coordinates.js';
import { type Move, moveKernel } from './move.js';
import { EVERY_DTYPE, movedTypeProblems } from './moved-types.js';
import { shapeFault } from './shape-fault.js';
import { viewOrSeparate } from './view.js';
import { everyIndex, listMove } from './walk.js';

/** Loops over the paired dimensions, those before the axis, and the indices; what is behind the axis moves as one. */
function gathering({ node, inputs }: Site<'gather'>): Gathering {
  const { axis, batchDimensions } = node.attributes;
  const [x, indices] = inputs.map(({ shape }) => shape) as [Shape, Shape];
  const count = (shape: Shape, from: number, to?: number): number => elementCount(shape.slice(from, to));
  const sizes = [count(x, 0, batchDimensions), count(x, batchDimensions, axis), count(indices, batchDimensions)];
  const run = count(x, axis + 1);
  const [outer, picks, size] = [sizes[1]!, sizes[2]!, x[axis]!];
  return {
    nest: {
      sizes,
      operands: [
        { offset: 0, strides: stridesOf([...sizes, run]).slice(0, 3) },
        { offset: 0, strides: [outer * size * run, size * run, 0] },
      ],
    },
    coordinates: [{ place: { offset: 0, strides: [picks, 0, 1] }, size, stride: run }],
    run,
  };
}

/** Indices that are constants, one list for all batches, need no look at run time. */
function isKnown({ node, inputs }: Site<'gather'>): boolean {
  return inputs[1]!.data !== null && node.attributes.batchDimensions === 0;
}

function knownMoves({ node, inputs }: Site<'gather'>): Move[] {
  const { shape } = inputs[0]!;
  const picked = Array.from(inputs[1]!.data!, Number);
  return [
    listMove(
      shape,
      shape.map((size, d) => (d === node.attributes.axis ? picked : everyIndex(size))),
    ),
  ];
}

function inferShapes(node: NodeOf<'gather'>, [x, indices]: readonly Tensor[]): Shape[] {
  const { axis, batchDimensions } = node.attributes;
  const [from, at] = [x!.shape, indices!.shape];
  const paired = from.slice(0, batchDimensions).every((size, d) => size === at[d]);
  if (!(axis >= batchDimensions && axis < from.length && batchDimensions <= at.length) || !paired) {
    const found = `the axis ${axis} and ${batchDimensions} paired dimensions of [${from.join(', ')}] and [${at.join(', ')}]`;
    throw shapeFault('E-GATHER', node, `found ${found}, expected equal sizes, and the axis behind them`);
  }
  return [[...from.slice(0, axis), ...at.slice(batchDimensions), ...from.slice(axis + 1)]];
}

const FORMULA = 'y = x[..., indices, ...]';

/** TensorFlow Lite Micro ends the run at an index out of range; here it counts as the nearest, and a constant one is refused. */
export const gather: Operator<'gather'> = {
  op: 'gather',
  summary: FORMULA,
  dtypes: EVERY_DTYPE,
  exactness: 'exact',
  memory: (site) => (isKnown(site) ? viewOrSeparate(knownMoves)(site) : SEPARATE),
  inferShapes,
  problems: (site) => {
    const [x, indices] = site.inputs as [Tensor, Tensor];
    const sizes = [x.shape[site.node.attributes.axis]!];
    return [...movedTypeProblems(site, [0]), ...indexProblems(indices), ...rangeProblems(indices, sizes)];
  },
  reference: gatherReference(gathering),
  quantizer: { output: 'as-input', constants: () => [] },
  macs: () => 0,
  kernels: [
    { ...moveKernel('gather', FORMULA, knownMoves), accepts: isKnown },
    gatherKernel('gather', FORMULA, gathering),
  ],
};

import { elementCount, type Tensor } from '@kiln/ir';
import { stridesOf } from '../nest.js';
import { type Operator, SEPARATE } from '../operator.js';
import type { Site } from '../site.js';
import { type Gathering, gatherKernel, gatherReference, indexProblems, rangeProblems } from './coordinates.js';
import { EVERY_DTYPE, movedTypeProblems } from './moved-types.js';
import { shapeFault } from './shape-fault.js';

function gathering({ inputs }: Site<'gatherNd'>): Gathering {
  const [x, indices] = inputs as [Tensor, Tensor];
  const count = indices.shape.at(-1)!;
  const strides = stridesOf(x.shape);
  const run = elementCount(x.shape.slice(count));
  return {
    nest: {
      sizes: [elementCount(indices.shape.slice(0, -1))],
      operands: [
        { offset: 0, strides: [run] },
        { offset: 0, strides: [0] },
      ],
    },
    coordinates: x.shape.slice(0, count).map((size, c) => ({
      place: { offset: c, strides: [count] },
      size,
      stride: strides[c]!,
    })),
    run,
  };
}

const FORMULA = 'y[i] = x[indices[i][0]][indices[i][1]]...';

/** Indices out of range: as for `gather`. TensorFlow Lite Micro reads outside there. */
export const gatherNd: Operator<'gatherNd'> = {
  op: 'gatherNd',
  summary: FORMULA,
  dtypes: EVERY_DTYPE,
  exactness: 'exact',
  memory: () => SEPARATE,
  inferShapes: (node, [x, indices]) => {
    const count = indices!.shape.at(-1) ?? 0;
    if (count < 1 || count > x!.shape.length) {
      const found = `indices [${indices!.shape.join(', ')}] into [${x!.shape.join(', ')}]`;
      throw shapeFault(
        'E-GATHER-ND',
        node,
        `found ${found}, expected 1 to ${x!.shape.length} coordinates in the last dimension`,
      );
    }
    return [[...indices!.shape.slice(0, -1), ...x!.shape.slice(count)]];
  },
  problems: (site) => {
    const [x, indices] = site.inputs as [Tensor, Tensor];
    const sizes = x.shape.slice(0, indices.shape.at(-1));
    return [...movedTypeProblems(site, [0]), ...indexProblems(indices), ...rangeProblems(indices, sizes)];
  },
  reference: gatherReference(gathering),
  quantizer: { output: 'as-input', constants: () => [] },
  macs: () => 0,
  kernels: [gatherKernel('gatherNd', FORMULA, gathering)],
};

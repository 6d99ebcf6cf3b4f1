import { elementCount, type Tensor } from '@kiln/ir';
import { cInt } from '../../emit/c-literal.js';
import type { Kernel } from '../kernel.js';
import { forEachTurn, type Nest, nestText, stridesOf, wholeTensor } from '../nest.js';
import { IN_PLACE, type Operator } from '../operator.js';
import { constantTables, parameterText } from '../signature.js';
import type { Site } from '../site.js';
import { indexProblems, nearestIndex, nearestText } from './coordinates.js';
import { sumText } from './move.js';
import { EVERY_DTYPE, movedTypeProblems } from './moved-types.js';
import { loopProblems } from './moving.js';
import { shapeFault } from './shape-fault.js';

/** Loops over the update: y as if the start were 0, and the update. */
function updateNest([x, update]: readonly Tensor[]): Nest {
  const y = { offset: 0, strides: stridesOf(x!.shape) };
  return { sizes: update!.shape, operands: [y, wholeTensor(update!.shape)] };
}

/** For each dimension, how far the start may go, and what one step of it is. */
function roomOf([x, update]: readonly Tensor[]): { readonly last: number; readonly stride: number }[] {
  const strides = stridesOf(x!.shape);
  return x!.shape.map((size, d) => ({ last: size - update!.shape[d]!, stride: strides[d]! }));
}

const NAMES = { inputs: ['x', 'update', 'start'], outputs: ['y'] };

const kernel: Kernel<'dynamicUpdateSlice'> = {
  name: 'dynamic-update-slice',
  isa: 'portable',
  template: 'operators/movement/kernels/dynamic-update-slice.portable.c.hbs',
  accepts: () => true,
  cost: ({ outputs }) => ({ instructions: 12 * elementCount(outputs[0]!.shape), constantBytes: 0 }),
  lower: (site) => {
    const { inputs } = site;
    const tables = constantTables(site, NAMES.inputs);
    const wide = inputs[2]!.dtype === 'int64';
    const { indices, ...text } = nestText(updateNest(inputs));
    const free = roomOf(inputs).map((room, d) => ({ ...room, name: `index${d}`, value: `start[${d}]` }));
    const moving = free.filter(({ last }) => last > 0);
    const offsets = moving.map(({ name, stride }) => (stride === 1 ? name : `${name} * ${cInt(stride)}`));
    return {
      data: {
        ...text,
        parameters: parameterText(site, { tables }, NAMES, true),
        starts: moving.map(({ name, value, last }) => ({ name, value: nearestText(value, last, wide) })),
        fixed: moving.length === 0,
        elements: cInt(elementCount(inputs[0]!.shape)),
        target: `y[${sumText([indices[0]!, ...offsets])}]`,
        source: `update[${indices[1]}]`,
      },
      tables,
      scratch: [],
      supports: wide || moving.length === 0 ? [] : ['clamp'],
    };
  },
};

/** Source: TensorFlow Lite, kernels/dynamic_update_slice.cc: the start is clamped so that the update fits. */
export const dynamicUpdateSlice: Operator<'dynamicUpdateSlice'> = {
  op: 'dynamicUpdateSlice',
  summary: 'x with update written at start',
  dtypes: EVERY_DTYPE,
  exactness: 'exact',
  memory: () => IN_PLACE,
  inferShapes: (node, [x, update, start]) => {
    const rank = x!.shape.length;
    const fits = update!.shape.length === rank && update!.shape.every((size, d) => size <= x!.shape[d]!);
    if (!fits || elementCount(start!.shape) !== rank) {
      const found = `update [${update!.shape.join(', ')}] at a start of [${start!.shape.join(', ')}]`;
      const message = `found ${found}, expected what fits into [${x!.shape.join(', ')}] and a start for each dimension`;
      throw shapeFault('E-DYNAMIC-UPDATE-SLICE', node, message);
    }
    return [x!.shape];
  },
  problems: (site) => [
    ...movedTypeProblems(site, [0, 1]),
    ...indexProblems(site.inputs[2]!),
    ...loopProblems([updateNest(site.inputs)]),
  ],
  reference: ({ inputs }: Site<'dynamicUpdateSlice'>) => {
    const nest = updateNest(inputs);
    const room = roomOf(inputs);
    return ([x, update, start], [y]) => {
      y!.set(x!);
      const first = room.reduce((sum, { last, stride }, d) => sum + nearestIndex(start![d]!, last) * stride, 0);
      forEachTurn(nest, (at) => (y![first + at[0]!] = update![at[1]!]!));
    };
  },
  quantizer: { output: 'as-input', constants: () => [] },
  macs: () => 0,
  kernels: [kernel],
};

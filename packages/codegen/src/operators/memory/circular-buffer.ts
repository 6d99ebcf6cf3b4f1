import { elementCount, ShapeError } from '@kiln/ir';
import { cInt } from '../../emit/c-literal.js';
import type { Kernel } from '../kernel.js';
import type { Operator } from '../operator.js';
import { oneScaleProblems } from '../pointwise/type-problems.js';
import { constantTables, parameterText } from '../signature.js';
import type { Site } from '../site.js';

const NAMES = { inputs: ['x', 'state'], outputs: ['next'] };

/** Elements of one slot, and of those that stay. */
function sizesOf({ inputs: [x, state] }: Site<'circularBuffer'>): { readonly slot: number; readonly kept: number } {
  const slot = elementCount(x!.shape);
  return { slot, kept: elementCount(state!.shape) - slot };
}

const kernel: Kernel<'circularBuffer'> = {
  name: 'circular-buffer',
  isa: 'portable',
  template: 'operators/memory/kernels/circular-buffer.portable.c.hbs',
  accepts: () => true,
  cost: ({ inputs }) => ({ instructions: 3 * elementCount(inputs[1]!.shape), constantBytes: 0 }),
  lower: (site) => {
    const tables = constantTables(site, NAMES.inputs);
    const { slot, kept } = sizesOf(site);
    return {
      data: { parameters: parameterText(site, { tables }, NAMES, true), slot: cInt(slot), kept: cInt(kept) },
      tables,
      scratch: [],
      supports: [],
    };
  },
};

/** Source: TensorFlow Lite Micro, circular_buffer.cc: the oldest slot makes room for the newest. */
export const circularBuffer: Operator<'circularBuffer'> = {
  op: 'circularBuffer',
  summary: 'state without its first slot, and x behind it',
  dtypes: ['float32', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'],
  exactness: 'exact',
  memory: () => ({ kind: 'over', pairs: [[0, 1]] }),
  inferShapes: ({ name }, [x, state]) => {
    const [batch, slots = 0, ...slot] = state!.shape;
    if (batch === 1 && slots >= 1 && x!.shape.join() === [1, 1, ...slot].join()) return [state!.shape];
    const message = `found a slot of [${x!.shape.join(', ')}] for [${state!.shape.join(', ')}], expected [1, 1, ...] for [1, n, ...]`;
    throw new ShapeError('E-CIRCULAR-BUFFER', `node '${name}'`, message, 'Convert the model again');
  },
  problems: ({ inputs, outputs }) => {
    const tensors = [...inputs, ...outputs];
    const types = new Set(tensors.map(({ dtype }) => dtype));
    return types.size > 1 ? [`found ${[...types].join(' and ')}, expected one type`] : oneScaleProblems(tensors);
  },
  reference: (site) => {
    const { slot, kept } = sizesOf(site);
    return ([x, state], [next]) => {
      next!.set(state!.subarray(slot));
      next!.set(x!, kept);
    };
  },
  quantizer: { output: 'float32', constants: () => [] },
  macs: () => 0,
  kernels: [kernel],
};

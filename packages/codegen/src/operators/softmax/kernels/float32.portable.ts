import { elementCount } from '@kiln/ir';
import { cInt } from '../../../emit/c-literal.js';
import { type Kernel, reads } from '../../kernel.js';

/** May run in place. */
export const softmaxFloat32: Kernel<'softmax'> = {
  name: 'softmax-float32',
  isa: 'portable',
  template: 'operators/softmax/kernels/float32.portable.c.hbs',
  accepts: reads('float32'),
  cost: ({ inputs }) => ({ instructions: 80 * elementCount(inputs[0]!.shape), constantBytes: 0 }),
  lower: ({ inputs }) => ({
    data: { elements: cInt(elementCount(inputs[0]!.shape)), depth: cInt(inputs[0]!.shape.at(-1)!) },
    tables: [],
    scratch: [],
    supports: ['floatExp'],
  }),
};

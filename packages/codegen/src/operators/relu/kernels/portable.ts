import { elementCount } from '@kiln/ir';
import { cFloat, cInt } from '../../../emit/c-literal.js';
import type { Kernel } from '../../kernel.js';
import { zeroPointOf } from '../../weighted.js';

/** Any dtype; may run in place. */
export const reluPortable: Kernel<'relu'> = {
  name: 'relu',
  isa: 'portable',
  template: 'operators/relu/kernels/portable.c.hbs',
  accepts: ({ inputs }) => inputs[0]!.dtype === 'int8' || inputs[0]!.dtype === 'float32',
  cost: ({ inputs }) => ({ instructions: 5 * elementCount(inputs[0]!.shape), constantBytes: 0 }),
  lower: ({ inputs }) => {
    const [x] = inputs;
    const int8 = x!.dtype === 'int8';
    return {
      data: {
        type: int8 ? 'int8_t' : 'float',
        zero: int8 ? cInt(zeroPointOf(x!)) : cFloat(0),
        elements: cInt(elementCount(x!.shape)),
      },
      tables: [],
      scratch: [],
      supports: [],
    };
  },
};

import { elementCount } from '@kiln/ir';
import { cFloat, cInt, cPlus } from '../../../emit/c-literal.js';
import { type Kernel, reads } from '../../kernel.js';
import { scaleOf, zeroPointOf } from '../../weighted.js';

export const dequantizePortable: Kernel<'dequantize'> = {
  name: 'dequantize-int8',
  isa: 'portable',
  template: 'operators/dequantize/kernels/portable.c.hbs',
  accepts: reads('int8'),
  cost: ({ inputs }) => ({ instructions: 10 * elementCount(inputs[0]!.shape), constantBytes: 0 }),
  lower: ({ inputs }) => ({
    data: {
      elements: cInt(elementCount(inputs[0]!.shape)),
      scale: cFloat(Math.fround(scaleOf(inputs[0]!))),
      offset: cPlus(-zeroPointOf(inputs[0]!)),
    },
    tables: [],
    scratch: [],
    supports: [],
  }),
};

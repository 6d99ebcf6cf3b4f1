import { elementCount } from '@kiln/ir';
import { cFloat, cInt, cPlus } from '../../../emit/c-literal.js';
import type { Kernel } from '../../kernel.js';
import { scaleOf, zeroPointOf } from '../../weighted.js';

export const quantizePortable: Kernel<'quantize'> = {
  name: 'quantize-int8',
  isa: 'portable',
  template: 'operators/quantize/kernels/portable.c.hbs',
  accepts: ({ inputs, outputs }) => inputs[0]!.dtype === 'float32' && outputs[0]!.dtype === 'int8',
  cost: ({ inputs }) => ({ instructions: 40 * elementCount(inputs[0]!.shape), constantBytes: 0 }),
  lower: ({ outputs }) => {
    const [y] = outputs;
    const zeroPoint = zeroPointOf(y!);
    return {
      data: {
        elements: cInt(elementCount(y!.shape)),
        scale: cFloat(Math.fround(scaleOf(y!))),
        plusZeroPoint: cPlus(zeroPoint),
        low: cFloat(-128 - zeroPoint),
        high: cFloat(127 - zeroPoint),
      },
      tables: [],
      scratch: [],
      supports: [],
    };
  },
};

import { elementCount } from '@kiln/ir';
import { softmaxScalingOf } from '../../../arithmetic/fixed-point-softmax.js';
import { cInt } from '../../../emit/c-literal.js';
import { type Kernel, reads } from '../../kernel.js';
import { scaleOf } from '../../weighted.js';

/** Computes every exponential twice, which needs no memory for them. May run in place. */
export const softmaxInt8: Kernel<'softmax'> = {
  name: 'softmax-int8',
  isa: 'portable',
  template: 'operators/softmax/kernels/int8.portable.c.hbs',
  accepts: reads('int8'),
  cost: ({ inputs }) => ({ instructions: 300 * elementCount(inputs[0]!.shape), constantBytes: 0 }),
  lower: ({ node, inputs }) => {
    const { shape } = inputs[0]!;
    const scaling = softmaxScalingOf(scaleOf(inputs[0]!), node.attributes.beta, `node '${node.name}'`);
    return {
      data: {
        elements: cInt(elementCount(shape)),
        depth: cInt(shape.at(-1)!),
        multiplier: cInt(scaling.multiplier),
        factor: cInt(2 ** scaling.leftShift),
        leastDifference: cInt(Math.max(scaling.leastDifference, -256)),
      },
      tables: [],
      scratch: [],
      supports: ['fixedPointSoftmax'],
    };
  },
};

import { cInt, cPlus } from '../../../emit/c-literal.js';
import { activationFormula, clampData } from '../../activation.js';
import { type Kernel, reads, tableBytes } from '../../kernel.js';
import type { Site } from '../../site.js';
import { channelTables, zeroPointOf } from '../../weighted.js';

/** One output at a time, weights as they are in the graph. */
export const denseInt8: Kernel<'dense'> = {
  name: 'dense-int8',
  isa: 'portable',
  template: 'operators/dense/kernels/int8.portable.c.hbs',
  accepts: reads('int8'),
  cost: (site) => ({
    instructions: 5 * site.inputs[1]!.shape[0]! * site.inputs[1]!.shape[1]!,
    constantBytes: tableBytes(tables(site)),
  }),
  lower: (site) => {
    const [x, weights, y] = [site.inputs[0]!, site.inputs[1]!, site.outputs[0]!];
    const [units, features] = weights.shape as [number, number];
    const { activation } = site.node.attributes;
    return {
      data: {
        units: cInt(units),
        features: cInt(features),
        formula: `y[${units}] = ${activationFormula(activation, `W[${units}][${features}] * (x[${features}] - zero_x) + b`)}`,
        offset: cPlus(-zeroPointOf(x)),
        ...clampData(activation, y),
      },
      tables: tables(site),
      scratch: [],
      supports: ['clamp', 'requantize'],
    };
  },
};

function tables({ node, inputs, outputs }: Site<'dense'>) {
  return channelTables(inputs[0]!, inputs[1]!, inputs[2]!, outputs[0]!, 'output, input', node.name);
}

import { formatShape } from '@kiln/ir';
import { cInt, cPlus } from '../../../emit/c-literal.js';
import { activationFormula, clampData } from '../../activation.js';
import { type Kernel, reads, tableBytes } from '../../kernel.js';
import { channelTables, zeroPointOf } from '../../weighted.js';
import { windowGeometry } from '../../window.js';
import type { Site } from '../../site.js';
import { windowData } from '../../window-data.js';

/** One output at a time, weights as they are in the graph. Instructions per MAC: counted on Cortex-M4, GCC 12, -O2. */
export const conv2dInt8: Kernel<'conv2d'> = {
  name: 'conv2d-int8',
  isa: 'portable',
  template: 'operators/conv2d/kernels/int8.portable.c.hbs',
  accepts: reads('int8'),
  cost: (site) => ({
    instructions:
      6 * site.outputs[0]!.shape.reduce((a, b) => a * b) * site.inputs[1]!.shape.slice(1).reduce((a, b) => a * b),
    constantBytes: tableBytes(tables(site)),
  }),
  lower: (site) => {
    const [x, weights, y] = [site.inputs[0]!, site.inputs[1]!, site.outputs[0]!];
    const { attributes } = site.node;
    const geometry = windowGeometry(x.shape, [weights.shape[1]!, weights.shape[2]!], attributes);
    const inner = 'bias[o] + sum w[o][i][j][k] * (x[r+i][c+j][k] - zero_x)';
    return {
      data: {
        ...windowData(geometry, x.shape[3]!),
        filters: cInt(y.shape[3]!),
        formula: `y[${formatShape(y.shape)}] = ${activationFormula(attributes.activation, inner)}`,
        offset: cPlus(-zeroPointOf(x)),
        ...clampData(attributes.activation, y),
      },
      tables: tables(site),
      scratch: [],
      supports: ['clamp', 'requantize'],
    };
  },
};

function tables({ node, inputs, outputs }: Site<'conv2d'>) {
  const [x, weights, bias, y] = [inputs[0]!, inputs[1]!, inputs[2]!, outputs[0]!];
  return channelTables(x, weights, bias, y, 'output channel, kernel row, kernel column, input channel', node.name);
}

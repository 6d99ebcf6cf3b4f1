import { elementCount, formatShape } from '@kiln/ir';
import { activationFormula, floatActivationLines } from '../../activation.js';
import { type ConstantTable, type Kernel, reads, tableBytes } from '../../kernel.js';
import { parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { windowOverlaps } from '../../window-overlap.js';
import { depthwiseData, depthwiseOrder } from '../depthwise-data.js';

/** One output at a time, weights as they are in the graph. */
export const depthwiseConv2dFloat32: Kernel<'depthwiseConv2d'> = {
  name: 'depthwise-conv2d-float32',
  isa: 'portable',
  template: 'operators/depthwise-conv2d/kernels/float32.portable.c.hbs',
  accepts: reads('float32'),
  cost: (site) => ({
    instructions: 9 * elementCount(site.outputs[0]!.shape) * elementCount(site.inputs[1]!.shape.slice(1, 3)),
    constantBytes: tableBytes(tablesOf(site)),
  }),
  lower: (site) => {
    const { activation } = site.node.attributes;
    const tables = tablesOf(site);
    const window = depthwiseData(site);
    const inner = `bias[o] + sum w[i][j][o] * x[r+i][c+j][${window.channel}]`;
    return {
      data: {
        ...window,
        formula: `y[${formatShape(site.outputs[0]!.shape)}] = ${activationFormula(activation, inner)}`,
        activation: floatActivationLines(activation, 'sum'),
        parameters: parameterText(site, { tables }, { inputs: ['x'], outputs: ['y'] }, true),
      },
      tables,
      scratch: [],
      overlaps: windowOverlaps(site, depthwiseOrder(site)),
      supports: [],
    };
  },
};

function tablesOf({ inputs }: Site<'depthwiseConv2d'>): ConstantTable[] {
  const [weights, bias] = [inputs[1]!, inputs[2]!];
  const comment = `${weights.shape.join('x')}: one, kernel row, kernel column, output channel`;
  return [
    { role: 'weights', values: weights.data!, comment },
    { role: 'bias', values: bias.data!, comment: 'per output channel' },
  ];
}

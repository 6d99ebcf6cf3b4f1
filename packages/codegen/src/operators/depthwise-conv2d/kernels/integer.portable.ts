import { elementCount, formatShape } from '@kiln/ir';
import { activationFormula } from '../../activation.js';
import { type Kernel, readsInteger, tableBytes } from '../../kernel.js';
import { parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { windowOverlaps } from '../../window-overlap.js';
import { channelData, channelSupports, channelTables, weightedOf } from '../../weighted.js';
import { depthwiseData, depthwiseOrder } from '../depthwise-data.js';

/** One output at a time, weights as they are in the graph. */
export const depthwiseConv2dInteger: Kernel<'depthwiseConv2d'> = {
  name: 'depthwise-conv2d-integer',
  isa: 'portable',
  template: 'operators/depthwise-conv2d/kernels/integer.portable.c.hbs',
  accepts: readsInteger,
  cost: (site) => ({
    instructions: 9 * elementCount(site.outputs[0]!.shape) * elementCount(site.inputs[1]!.shape.slice(1, 3)),
    constantBytes: tableBytes(tablesOf(site)),
  }),
  lower: (site) => {
    const weighted = weightedOf(site);
    const { activation } = site.node.attributes;
    const tables = tablesOf(site);
    const window = depthwiseData(site);
    const inner = `bias[o] + sum w[i][j][o] * (x[r+i][c+j][${window.channel}] - zero_x)`;
    return {
      data: {
        ...window,
        ...channelData(weighted, activation, `node '${site.node.name}'`),
        formula: `y[${formatShape(weighted.y.shape)}] = ${activationFormula(activation, inner)}`,
        parameters: parameterText(site, { tables }, { inputs: ['x'], outputs: ['y'] }, true),
      },
      tables,
      scratch: [],
      overlaps: windowOverlaps(site, depthwiseOrder(site)),
      supports: channelSupports(weighted.bias),
    };
  },
};

function tablesOf(site: Site<'depthwiseConv2d'>) {
  return channelTables(weightedOf(site), 'one, kernel row, kernel column, output channel', `node '${site.node.name}'`);
}

import { elementCount, formatShape } from '@kiln/ir';
import { cInt } from '../../../emit/c-literal.js';
import { activationFormula } from '../../activation.js';
import { type Kernel, readsInteger, tableBytes } from '../../kernel.js';
import { parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { channelData, channelSupports, channelTables, weightedOf } from '../../weighted.js';
import { windowGeometry } from '../../window.js';
import { windowData } from '../../window-data.js';
import { windowOverlaps } from '../../window-overlap.js';
import { filterSizes } from '../filter-sizes.js';

/** One output at a time, weights as they are in the graph. Instructions per MAC: counted on Cortex-M4, GCC 12, -O2. */
export const conv2dInteger: Kernel<'conv2d'> = {
  name: 'conv2d-integer',
  isa: 'portable',
  template: 'operators/conv2d/kernels/integer.portable.c.hbs',
  accepts: readsInteger,
  cost: (site) => ({
    instructions: 6 * elementCount(site.outputs[0]!.shape) * elementCount(site.inputs[1]!.shape.slice(1)),
    constantBytes: tableBytes(tablesOf(site)),
  }),
  lower: (site) => {
    const { attributes } = site.node;
    const { filters, kernel, channels, depth, groups, filtersPerGroup } = filterSizes(site);
    const weighted = weightedOf(site);
    const tables = tablesOf(site);
    const geometry = windowGeometry(weighted.x.shape, kernel, attributes);
    const window = windowData(geometry, channels);
    const seen = groups === 1 ? 'k' : `o/${filtersPerGroup}*${depth}+k`;
    const inner = `bias[o] + sum w[o][i][j][k] * (x[r+i][c+j][${seen}] - zero_x)`;
    return {
      data: {
        ...window,
        ...channelData(weighted, attributes.activation, `node '${site.node.name}'`),
        contiguous: window.contiguous && groups === 1,
        filters: cInt(filters),
        depth: cInt(depth),
        group: groups === 1 ? '' : ` + o / ${cInt(filtersPerGroup)} * ${cInt(depth)}`,
        formula: `y[${formatShape(weighted.y.shape)}] = ${activationFormula(attributes.activation, inner)}`,
        parameters: parameterText(site, { tables }, { inputs: ['x'], outputs: ['y'] }, true),
      },
      tables,
      scratch: [],
      overlaps: windowOverlaps(site, { geometry, channels, filters, order: 'filters' }),
      supports: channelSupports(weighted.bias),
    };
  },
};

function tablesOf(site: Site<'conv2d'>) {
  const layout = 'output channel, kernel row, kernel column, input channel';
  return channelTables(weightedOf(site), layout, `node '${site.node.name}'`);
}

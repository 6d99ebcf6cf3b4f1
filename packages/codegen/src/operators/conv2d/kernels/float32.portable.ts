import { elementCount, formatShape } from '@kiln/ir';
import { cInt } from '../../../emit/c-literal.js';
import { activationFormula, floatActivationLines } from '../../activation.js';
import { type ConstantTable, type Kernel, reads, tableBytes } from '../../kernel.js';
import type { Site } from '../../site.js';
import { windowGeometry } from '../../window.js';
import { windowData } from '../../window-data.js';
import { transpose } from '../../transpose.js';
import { filterSizes } from '../filter-sizes.js';

/** Sums of all output channels side by side, in the output itself, so that compilers can use vectors. */
export const conv2dFloat32: Kernel<'conv2d'> = {
  name: 'conv2d-float32',
  isa: 'portable',
  template: 'operators/conv2d/kernels/float32.portable.c.hbs',
  accepts: reads('float32'),
  cost: (site) => ({
    instructions: 6 * elementCount(site.outputs[0]!.shape) * elementCount(site.inputs[1]!.shape.slice(1)),
    constantBytes: tableBytes(tablesOf(site)),
  }),
  lower: (site) => {
    const [x, y] = [site.inputs[0]!, site.outputs[0]!];
    const { attributes } = site.node;
    const { filters, kernel, channels, depth, groups, filtersPerGroup } = filterSizes(site);
    const inner = 'bias[o] + sum w[i][j][k][o] * x[r+i][c+j][k]';
    return {
      data: {
        ...windowData(windowGeometry(x.shape, kernel, attributes), channels),
        filters: cInt(filters),
        depth: cInt(depth),
        grouped: groups > 1,
        group: `o / ${cInt(filtersPerGroup)} * ${cInt(depth)}`,
        formula: `y[${formatShape(y.shape)}] = ${activationFormula(attributes.activation, inner)}`,
        activation: floatActivationLines(attributes.activation, 'y[o]'),
      },
      tables: tablesOf(site),
      scratch: [],
      supports: [],
    };
  },
};

function tablesOf(site: Site<'conv2d'>): ConstantTable[] {
  const [weights, bias] = [site.inputs[1]!, site.inputs[2]!];
  const { filters, kernel, depth } = filterSizes(site);
  const values = transpose(weights.data as Float32Array, filters, kernel[0] * kernel[1] * depth);
  const comment = `${kernel.join('x')}x${depth}x${filters}: kernel row, kernel column, input channel, output channel`;
  return [
    { role: 'weights', values, comment },
    { role: 'bias', values: bias.data!, comment: 'per output channel' },
  ];
}

import { formatShape } from '@kiln/ir';
import { cInt } from '../../../emit/c-literal.js';
import { activationFormula } from '../../activation.js';
import { type ConstantTable, type Kernel, reads, tableBytes } from '../../kernel.js';
import type { Site } from '../../site.js';
import { windowGeometry } from '../../window.js';
import { windowData } from '../../window-data.js';
import { transpose } from '../../transpose.js';

/** Sums of all output channels side by side, in the output itself, so that compilers can use vectors. */
export const conv2dFloat32: Kernel<'conv2d'> = {
  name: 'conv2d-float32',
  isa: 'portable',
  template: 'operators/conv2d/kernels/float32.portable.c.hbs',
  accepts: reads('float32'),
  cost: (site) => ({
    instructions:
      6 * site.outputs[0]!.shape.reduce((a, b) => a * b) * site.inputs[1]!.shape.slice(1).reduce((a, b) => a * b),
    constantBytes: tableBytes(tables(site)),
  }),
  lower: (site) => {
    const [x, weights, y] = [site.inputs[0]!, site.inputs[1]!, site.outputs[0]!];
    const { attributes } = site.node;
    const geometry = windowGeometry(x.shape, [weights.shape[1]!, weights.shape[2]!], attributes);
    return {
      data: {
        ...windowData(geometry, x.shape[3]!),
        filters: cInt(y.shape[3]!),
        formula: `y[${formatShape(y.shape)}] = ${activationFormula(attributes.activation, 'bias[o] + sum w[i][j][k][o] * x[r+i][c+j][k]')}`,
        relu: attributes.activation === 'relu',
      },
      tables: tables(site),
      scratch: [],
      supports: [],
    };
  },
};

function tables({ inputs }: Site<'conv2d'>): ConstantTable[] {
  const [weights, bias] = [inputs[1]!, inputs[2]!];
  const [filters, height, width, channels] = weights.shape as [number, number, number, number];
  const values = transpose(weights.data as Float32Array, filters, height * width * channels);
  const comment = `${height}x${width}x${channels}x${filters}: kernel row, kernel column, input channel, output channel`;
  return [
    { role: 'weights', values, comment },
    { role: 'bias', values: bias.data!, comment: 'per output channel' },
  ];
}

import { cInt } from '../../../emit/c-literal.js';
import { activationFormula } from '../../activation.js';
import { type ConstantTable, type Kernel, reads, tableBytes } from '../../kernel.js';
import type { Site } from '../../site.js';
import { transpose } from '../../transpose.js';

/** Sums of all outputs side by side, in the output itself, so that compilers can use vectors. */
export const denseFloat32: Kernel<'dense'> = {
  name: 'dense-float32',
  isa: 'portable',
  template: 'operators/dense/kernels/float32.portable.c.hbs',
  accepts: reads('float32'),
  cost: (site) => ({
    instructions: 5 * site.inputs[1]!.shape[0]! * site.inputs[1]!.shape[1]!,
    constantBytes: tableBytes(tables(site)),
  }),
  lower: (site) => {
    const [units, features] = site.inputs[1]!.shape as [number, number];
    const { activation } = site.node.attributes;
    return {
      data: {
        units: cInt(units),
        features: cInt(features),
        formula: `y[${units}] = ${activationFormula(activation, `x[${features}] * W[${features}][${units}] + b`)}`,
        relu: activation === 'relu',
      },
      tables: tables(site),
      scratch: [],
      supports: [],
    };
  },
};

function tables({ inputs }: Site<'dense'>): ConstantTable[] {
  const [weights, bias] = [inputs[1]!, inputs[2]!];
  const [units, features] = weights.shape as [number, number];
  const values = transpose(weights.data as Float32Array, units, features);
  return [
    { role: 'weights', values, comment: `${features}x${units}: input, output` },
    { role: 'bias', values: bias.data!, comment: 'per output' },
  ];
}

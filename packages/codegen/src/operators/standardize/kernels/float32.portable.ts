import { cInt } from '../../../emit/c-literal.js';
import { type ConstantTable, type Kernel, tableBytes } from '../../kernel.js';
import type { Site } from '../../site.js';

export const standardizeFloat32: Kernel<'standardize'> = {
  name: 'standardize-float32',
  isa: 'portable',
  template: 'operators/standardize/kernels/float32.portable.c.hbs',
  accepts: ({ outputs }) => outputs[0]!.dtype === 'float32',
  cost: (site) => ({
    instructions: 10 * site.inputs[1]!.data!.length,
    constantBytes: tableBytes(tables(site)),
  }),
  lower: (site) => ({
    data: {
      elements: cInt(site.inputs[1]!.data!.length),
      type: site.inputs[0]!.dtype === 'uint8' ? 'uint8_t' : 'float',
    },
    tables: tables(site),
    scratch: [],
    supports: [],
  }),
};

function tables({ inputs }: Site<'standardize'>): ConstantTable[] {
  return [
    { role: 'mean', values: inputs[1]!.data!, comment: 'per element' },
    { role: 'inverse_deviation', values: inputs[2]!.data!, comment: 'per element' },
  ];
}

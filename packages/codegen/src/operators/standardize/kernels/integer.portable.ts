import { cInt } from '../../../emit/c-literal.js';
import { C_TYPE } from '../../../emit/c-types.js';
import { clampData } from '../../activation.js';
import { type ConstantTable, type Kernel, tableBytes } from '../../kernel.js';
import type { Site } from '../../site.js';
import { integerScaler, MEAN_FRACTION_BITS } from '../integer-scaler.js';

export const standardizeInteger: Kernel<'standardize'> = {
  name: 'standardize-integer',
  isa: 'portable',
  template: 'operators/standardize/kernels/integer.portable.c.hbs',
  accepts: ({ inputs, outputs }) => inputs[0]!.dtype === 'uint8' && outputs[0]!.dtype !== 'float32',
  cost: (site) => ({
    instructions: 30 * site.inputs[1]!.data!.length,
    constantBytes: tableBytes(tables(site)),
  }),
  lower: (site) => ({
    data: {
      elements: cInt(site.inputs[1]!.data!.length),
      type: C_TYPE[site.outputs[0]!.dtype],
      unit: cInt(2 ** MEAN_FRACTION_BITS),
      ...clampData('none', site.outputs[0]!),
    },
    tables: tables(site),
    scratch: [],
    supports: ['clamp', 'requantize'],
  }),
};

function tables(site: Site<'standardize'>): ConstantTable[] {
  const { means, scales } = integerScaler(site);
  return [
    { role: 'mean', values: means, comment: 'per element, in units of 2^-16' },
    {
      role: 'multiplier',
      values: Int32Array.from(scales, (scale) => scale.multiplier),
      comment: '1 / (deviation * scale_y * 2^16) = multiplier * 2^(shift - 31)',
    },
    {
      role: 'shift',
      values: Int8Array.from(scales, (scale) => scale.shift),
      comment: 'per element; negative is to the right',
    },
  ];
}

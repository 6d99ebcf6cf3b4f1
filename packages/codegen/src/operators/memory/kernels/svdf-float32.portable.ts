import { cInt } from '../../../emit/c-literal.js';
import { activationFormula, floatActivationLines } from '../../activation.js';
import { type Kernel, reads, tableBytes } from '../../kernel.js';
import { constantTables, parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { svdfSizes } from '../svdf-sizes.js';

const NAMES = { inputs: ['x', 'feature', 'time', 'bias', 'state'], outputs: ['y', 'next'] };

/** Sizes and signature, which both kernels share. */
export function svdfText(site: Site<'svdf'>) {
  const tables = constantTables(site, NAMES.inputs);
  const { batches, features, filters, memory, rank, units } = svdfSizes(site);
  return {
    tables,
    text: {
      parameters: parameterText(site, { tables }, NAMES, true),
      batches: cInt(batches),
      features: cInt(features),
      filters: cInt(filters),
      memory: cInt(memory),
      last: cInt(memory - 1),
      rank: cInt(rank),
      units: cInt(units),
    },
  };
}

export function svdfCost(site: Site<'svdf'>) {
  const { batches, features, filters, memory } = svdfSizes(site);
  const instructions = 5 * batches * filters * (features + 2 * memory);
  return { instructions, constantBytes: tableBytes(constantTables(site, NAMES.inputs)) };
}

export const svdfFloat32: Kernel<'svdf'> = {
  name: 'svdf-float32',
  isa: 'portable',
  template: 'operators/memory/kernels/svdf-float32.portable.c.hbs',
  accepts: reads('float32'),
  cost: svdfCost,
  lower: (site) => {
    const { tables, text } = svdfText(site);
    const { activation } = site.node.attributes;
    return {
      data: {
        ...text,
        formula: `y = ${activationFormula(activation, 'bias + sums of time * state')}`,
        activation: floatActivationLines(activation, 'sum'),
      },
      tables,
      scratch: [],
      supports: [],
    };
  },
};

import { allocate, type NumberData, type Tensor, type TensorData } from '@kiln/ir';
import { cFloat, cInt } from '../../../emit/c-literal.js';
import type { TemplateData } from '../../../emit/render.js';
import { type ConstantTable, type Kernel, reads, type Scratch, tableBytes } from '../../kernel.js';
import { parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { GATES, lstmSizes, lstmTensors } from '../lstm-scales.js';

type Lstm = 'unidirectionalSequenceLstm';

/** Constants of the four gates, one behind the other. */
function stacked(role: string, tensors: readonly Tensor[], layout: string): ConstantTable {
  const length = tensors[0]!.data!.length;
  const values: TensorData = allocate(tensors[0]!.dtype, length * tensors.length);
  tensors.forEach(({ data }, gate) => (values as NumberData).set(data as NumberData, gate * length));
  return { role, values, comment: `${GATES.length}x${tensors[0]!.shape.join('x')}: ${layout}` };
}

/** The tables that both kernels read. */
export function lstmTables(site: Site<Lstm>): ConstantTable[] {
  const { weights, recurrent, biases } = lstmTensors(site);
  return [
    stacked('weights', weights, 'gate, unit, input'),
    stacked('recurrent', recurrent, 'gate, unit, hidden state'),
    stacked('bias', biases, 'gate, unit; gates: input, forget, cell, output'),
  ];
}

/** Sizes and signature, which both kernels share. */
export function lstmText(
  site: Site<Lstm>,
  tables: readonly ConstantTable[],
  scratch: readonly Scratch[],
): TemplateData {
  const { steps, batches, features, units } = lstmSizes(site);
  const names = {
    inputs: site.inputs.map((_, i) => ({ 0: 'x', 13: 'hidden', 14: 'cell' })[i] ?? ''),
    outputs: ['y', 'next_hidden', 'next_cell'],
    scratch: ['gates'],
  };
  return {
    parameters: parameterText(site, { tables, scratch }, names, true),
    steps: cInt(steps),
    batches: cInt(batches),
    features: cInt(features),
    units: cInt(units),
    states: cInt(batches * units),
    rows: cInt(GATES.length * units),
    forget: cInt(units),
    fresh: cInt(2 * units),
    output: cInt(3 * units),
    place: site.node.attributes.timeMajor ? `t * ${cInt(batches)} + n` : `n * ${cInt(steps)} + t`,
  };
}

export function lstmInstructions(site: Site<Lstm>): number {
  const { steps, batches, features, units } = lstmSizes(site);
  return steps * batches * units * (20 * (features + units) + 500);
}

export const lstmFloat32: Kernel<Lstm> = {
  name: 'lstm-float32',
  isa: 'portable',
  template: 'operators/memory/kernels/lstm-float32.portable.c.hbs',
  accepts: reads('float32'),
  cost: (site) => ({ instructions: lstmInstructions(site), constantBytes: tableBytes(lstmTables(site)) }),
  lower: (site) => {
    const tables = lstmTables(site);
    const scratch = [{ dtype: 'float32', elements: GATES.length * lstmSizes(site).units }] as const;
    const clip = Math.fround(site.node.attributes.cellClip);
    return {
      data: { ...lstmText(site, tables, scratch), clips: clip > 0, clip: cFloat(clip), leastClip: cFloat(-clip) },
      tables,
      scratch,
      supports: ['floatLogistic', 'floatTanh'],
    };
  },
};

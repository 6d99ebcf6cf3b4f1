import type { Requantization } from '../../../arithmetic/requantization.js';
import { wideMultiplier } from '../../../arithmetic/requantization.js';
import { cInt, cPlus } from '../../../emit/c-literal.js';
import { C_TYPE } from '../../../emit/c-types.js';
import { clampData } from '../../activation.js';
import { type ConstantTable, type Kernel, readsInteger, tableBytes } from '../../kernel.js';
import type { Site } from '../../site.js';
import { zeroPointOf } from '../../weighted.js';
import { GATES, lstmScales, lstmSizes, lstmTensors } from '../lstm-scales.js';
import { lstmInstructions, lstmTables, lstmText } from './lstm-float32.portable.js';

type Lstm = 'unidirectionalSequenceLstm';

function tablesOf(site: Site<Lstm>): ConstantTable[] {
  const { gates } = lstmScales(site);
  const wide = isWide(site);
  const multipliers = gates.map(({ multiplier }) => (wide ? wideMultiplier(multiplier) : multiplier));
  return [
    ...lstmTables(site),
    {
      role: 'multiplier',
      values: wide ? Int16Array.from(multipliers) : Int32Array.from(multipliers),
      comment: `to units of 2^-12, times 2^(shift - ${wide ? 15 : 31}): gates on the input, then on the hidden state`,
    },
    { role: 'shift', values: Int8Array.from(gates, ({ shift }) => shift), comment: 'left if positive' },
  ];
}

/** Whether sums are kept in 64 bits. */
function isWide({ inputs }: Site<Lstm>): boolean {
  return inputs[0]!.dtype === 'int16';
}

function requantized(product: string, { multiplier, shift }: Requantization): string {
  return `requantize(${product}, ${cInt(multiplier)}, ${cInt(shift)})`;
}

export const lstmInteger: Kernel<Lstm> = {
  name: 'lstm-integer',
  isa: 'portable',
  template: 'operators/memory/kernels/lstm-integer.portable.c.hbs',
  accepts: readsInteger,
  cost: (site) => ({ instructions: lstmInstructions(site), constantBytes: tableBytes(tablesOf(site)) }),
  lower: (site) => {
    const tables = tablesOf(site);
    const scratch = [{ dtype: 'int16', elements: GATES.length * lstmSizes(site).units }] as const;
    const { x, hidden } = lstmTensors(site);
    const { kept, fresh, shown, tangent, clip } = lstmScales(site);
    const wide = isWide(site);
    return {
      data: {
        ...lstmText(site, tables, scratch),
        type: C_TYPE[x.dtype],
        sumType: wide ? 'int64_t' : 'int32_t',
        requantize: wide ? 'requantize_wide' : 'requantize',
        offset: cPlus(-zeroPointOf(x)),
        hiddenOffset: cPlus(-zeroPointOf(hidden)),
        kept: requantized('forget * past_cell[o]', kept),
        added: requantized('admit * fresh', fresh),
        shown: requantized('tangent * release', shown),
        tangent: `tanh_int16(value, ${cInt(tangent.multiplier)}, ${cInt(tangent.shift)})`,
        least: cInt(clip === null ? -32768 : -clip),
        greatest: cInt(clip ?? 32767),
        ...clampData('none', hidden),
      },
      tables,
      scratch,
      supports: ['clamp', 'requantize', ...(wide ? (['requantizeWide'] as const) : []), 'logisticInt16', 'tanhInt16'],
    };
  },
};

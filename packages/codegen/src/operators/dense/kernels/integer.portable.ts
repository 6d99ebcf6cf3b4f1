import { cInt, cPlus } from '../../../emit/c-literal.js';
import { activationFormula } from '../../activation.js';
import { type Kernel, readsInteger, tableBytes } from '../../kernel.js';
import { FLASH, parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { channelData, channelSupports, channelTables, weightedOf, zeroPointOf } from '../../weighted.js';

/** One output at a time, weights as they are in the graph, constant or computed. */
export const denseInteger: Kernel<'dense'> = {
  name: 'dense-integer',
  isa: 'portable',
  template: 'operators/dense/kernels/integer.portable.c.hbs',
  accepts: readsInteger,
  cost: (site) => ({
    instructions: 5 * site.inputs[1]!.shape[0]! * site.inputs[1]!.shape[1]! * site.inputs[0]!.shape[0]!,
    constantBytes: tableBytes(tablesOf(site)),
  }),
  lower: (site) => {
    const weighted = weightedOf(site);
    const rows = weighted.x.shape[0]!;
    const [units, features] = weighted.weights.shape as [number, number];
    const { activation } = site.node.attributes;
    const tables = tablesOf(site);
    return {
      data: {
        ...channelData(weighted, activation, `node '${site.node.name}'`),
        weightsSpace: weighted.weights.data === null ? '' : FLASH,
        weight: weightText(zeroPointOf(weighted.weights)),
        several: rows > 1,
        indent: rows > 1 ? '        ' : '    ',
        close: rows > 1 ? '        }' : '    }',
        rows: cInt(rows),
        units: cInt(units),
        features: cInt(features),
        formula: `y[${units}] = ${activationFormula(activation, `W[${units}][${features}] * (x[${features}] - zero_x) + b`)}`,
        parameters: parameterText(site, { tables }, { inputs: ['x', 'weights'], outputs: ['y'] }, false),
      },
      tables,
      scratch: [],
      supports: channelSupports(weighted.bias),
    };
  },
};

function weightText(zeroPoint: number): string {
  return zeroPoint === 0 ? '(int32_t)row[i]' : `((int32_t)row[i]${cPlus(-zeroPoint)})`;
}

function tablesOf(site: Site<'dense'>) {
  return channelTables(weightedOf(site), 'output, input', `node '${site.node.name}'`);
}

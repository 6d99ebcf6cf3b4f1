import { cInt } from '../../../emit/c-literal.js';
import { activationFormula, floatActivationLines } from '../../activation.js';
import { type ConstantTable, type Kernel, reads, tableBytes } from '../../kernel.js';
import { FLASH, parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { transpose } from '../../transpose.js';

/** Sums of all outputs side by side, in the output itself, so that compilers can use vectors. */
export const denseFloat32: Kernel<'dense'> = {
  name: 'dense-float32',
  isa: 'portable',
  template: 'operators/dense/kernels/float32.portable.c.hbs',
  accepts: reads('float32'),
  cost: (site) => ({
    instructions: 5 * site.inputs[1]!.shape[0]! * site.inputs[1]!.shape[1]! * site.inputs[0]!.shape[0]!,
    constantBytes: tableBytes(tablesOf(site)),
  }),
  lower: (site) => {
    const rows = site.inputs[0]!.shape[0]!;
    const [units, features] = site.inputs[1]!.shape as [number, number];
    const isConstant = site.inputs[1]!.data !== null;
    const { activation } = site.node.attributes;
    const tables = tablesOf(site);
    return {
      data: {
        several: rows > 1,
        indent: rows > 1 ? '        ' : '    ',
        close: rows > 1 ? '        }' : '    }',
        rows: cInt(rows),
        units: cInt(units),
        features: cInt(features),
        // Constant weights lie input by input, computed ones output by output.
        row: isConstant ? `&weights[i * ${cInt(units)}]` : '&weights[i]',
        weightsSpace: isConstant ? FLASH : '',
        tap: isConstant ? 'o' : `o * ${cInt(features)}`,
        formula: `y[${units}] = ${activationFormula(activation, `x[${features}] * W[${features}][${units}] + b`)}`,
        activation: floatActivationLines(activation, 'y[o]'),
        parameters: parameterText(site, { tables }, { inputs: ['x', 'weights'], outputs: ['y'] }, false),
      },
      tables,
      scratch: [],
      supports: [],
    };
  },
};

function tablesOf({ inputs }: Site<'dense'>): ConstantTable[] {
  const [{ data, shape }, bias] = [inputs[1]!, inputs[2]!];
  const [units, features] = shape as [number, number];
  const comment = `${features}x${units}: input, output`;
  return [
    ...(data === null ? [] : [{ role: 'weights', values: transpose(data as Float32Array, units, features), comment }]),
    { role: 'bias', values: bias.data!, comment: 'per output' },
  ];
}

import { elementCount, formatShape } from '@kiln/ir';
import { wideMultiplier } from '../../../arithmetic/requantization.js';
import { cInt, cPlus } from '../../../emit/c-literal.js';
import { C_TYPE } from '../../../emit/c-types.js';
import { clampData } from '../../activation.js';
import { type Kernel, tableBytes } from '../../kernel.js';
import { nestText } from '../../nest.js';
import { constantTables, parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { zeroPointOf } from '../../weighted.js';
import { productSizes } from '../product-sizes.js';
import { productRequantization } from '../reference.js';

const NAMES = { inputs: ['a', 'b'], outputs: ['y'] };

/** One output at a time, every type; transposed operands are walked through in other steps. */
export const batchMatMulPortable: Kernel<'batchMatMul'> = {
  name: 'batch-mat-mul',
  isa: 'portable',
  template: 'operators/batch-mat-mul/kernels/portable.c.hbs',
  accepts: () => true,
  cost: (site) => ({
    instructions: 8 * elementCount(site.outputs[0]!.shape) * productSizes(site.node, site.inputs).depth,
    constantBytes: tableBytes(constantTables(site, NAMES.inputs)),
  }),
  lower: (site) => {
    const { nest, rows, columns, depth, a, b } = productSizes(site.node, site.inputs);
    const { dtype, shape } = site.outputs[0]!;
    const tables = constantTables(site, NAMES.inputs);
    const { indices, ...loops } = nestText(nest);
    const start = (index: string): string => (index === '0' ? '' : `${index} + `);
    return {
      data: {
        ...loops,
        ...(dtype === 'float32' ? FLOAT_DATA : integerData(site)),
        isFloat: dtype === 'float32',
        rows: cInt(rows),
        columns: cInt(columns),
        depth: cInt(depth),
        left: `a[${start(indices[0]!)}${step('row', a.row)} + ${step('step', a.step)}]`,
        right: `b[${start(indices[1]!)}${step('column', b.column)} + ${step('step', b.step)}]`,
        closing: '}',
        formula: `y[${formatShape(shape)}] = a * b, matrix by matrix`,
        parameters: parameterText(site, { tables }, NAMES, false),
      },
      tables,
      scratch: [],
      supports: dtype === 'float32' ? [] : ['clamp', dtype === 'int16' ? 'requantizeWide' : 'requantize'],
    };
  },
};

/** What `integerData` gives, for sums of floats. */
const FLOAT_DATA = {
  yType: 'float',
  sumType: 'float',
  offsetA: '',
  offsetB: '',
  scaled: '',
  low: '',
  high: '',
  plusZeroPoint: '',
};

function integerData(site: Site<'batchMatMul'>) {
  const [a, b, y] = [site.inputs[0]!, site.inputs[1]!, site.outputs[0]!];
  const { multiplier, shift } = productRequantization(site);
  const wide = y.dtype === 'int16';
  return {
    yType: C_TYPE[y.dtype],
    sumType: wide ? 'int64_t' : 'int32_t',
    offsetA: cPlus(-zeroPointOf(a)),
    offsetB: cPlus(-zeroPointOf(b)),
    scaled: wide
      ? `requantize_wide(sum, ${cInt(wideMultiplier(multiplier))}, ${cInt(shift)})`
      : `requantize(sum, ${cInt(multiplier)}, ${cInt(shift)})`,
    ...clampData('none', y),
  };
}

function step(name: string, stride: number): string {
  return stride === 1 ? name : `${name} * ${cInt(stride)}`;
}

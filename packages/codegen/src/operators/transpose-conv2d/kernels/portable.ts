import { elementCount, formatShape } from '@kiln/ir';
import { cInt, cPlus } from '../../../emit/c-literal.js';
import { activationFormula, floatActivationLines } from '../../activation.js';
import { type Kernel, tableBytes } from '../../kernel.js';
import { parameterText } from '../../signature.js';
import type { Site } from '../../site.js';
import { channelData, channelSupports, channelTables, weightedOf } from '../../weighted.js';
import { transposedWindow } from '../transposed-window.js';

/** One output at a time: each tap looks whether an input lies where it came from. Integers and float32. */
export const transposeConv2dPortable: Kernel<'transposeConv2d'> = {
  name: 'transpose-conv2d',
  isa: 'portable',
  template: 'operators/transpose-conv2d/kernels/portable.c.hbs',
  accepts: () => true,
  cost: (site) => ({
    instructions: 8 * elementCount(site.inputs[0]!.shape) * elementCount(site.inputs[1]!.shape.slice(0, 3)),
    constantBytes: tableBytes(tablesOf(site)),
  }),
  lower: (site) => {
    const weighted = weightedOf(site);
    const { activation } = site.node.attributes;
    const tables = tablesOf(site);
    const isFloat = weighted.x.dtype === 'float32';
    const inner = `bias[o] + sum w[o][i][j][k] * ${isFloat ? 'x[r][c][k]' : '(x[r][c][k] - zero_x)'}`;
    return {
      data: {
        ...sizesData(site),
        ...(isFloat ? FLOAT_DATA : channelData(weighted, activation, `node '${site.node.name}'`)),
        isFloat,
        activation: isFloat ? floatActivationLines(activation, 'sum') : [],
        formula: `y[${formatShape(weighted.y.shape)}] = ${activationFormula(activation, inner)}`,
        parameters: parameterText(site, { tables }, { inputs: ['x'], outputs: ['y'] }, false),
      },
      tables,
      scratch: [],
      supports: isFloat ? [] : channelSupports(weighted.bias),
    };
  },
};

/** What `channelData` gives, for sums of floats. */
const FLOAT_DATA = {
  xType: 'float',
  yType: 'float',
  sumType: 'float',
  scaled: '',
  offset: '',
  low: '',
  high: '',
  plusZeroPoint: '',
};

function sizesData(site: Site<'transposeConv2d'>) {
  const { batches, input, output, kernel, strides, before } = transposedWindow(site);
  const outside = (name: string, axis: 0 | 1): string =>
    [
      `${name} < 0`,
      ...(strides[axis] === 1 ? [] : [`${name} % ${cInt(strides[axis])} != 0`]),
      `${name} >= ${cInt(input[axis] * strides[axis])}`,
    ].join(' || ');
  const source = (name: string, axis: 0 | 1): string =>
    strides[axis] === 1 ? name : `${name} / ${cInt(strides[axis])}`;
  const row = batches === 1 ? 'row' : `row % ${cInt(output[0])}`;
  const picture = batches === 1 ? '' : `row / ${cInt(output[0])} * ${cInt(input[0])} + `;
  return {
    rows: cInt(batches * output[0]),
    outputWidth: cInt(output[1]),
    kernelHeight: cInt(kernel[0]),
    kernelWidth: cInt(kernel[1]),
    filters: cInt(site.inputs[1]!.shape[0]!),
    channels: cInt(site.inputs[1]!.shape[3]!),
    inputWidth: cInt(input[1]),
    reachedRow: `${row}${cPlus(before[0])} - i`,
    reachedColumn: `column${cPlus(before[1])} - j`,
    rowOutside: outside('r', 0),
    columnOutside: outside('c', 1),
    pixelRow: picture === '' && strides[0] === 1 ? 'r' : `(${picture}${source('r', 0)})`,
    pixelColumn: source('c', 1),
  };
}

function tablesOf(site: Site<'transposeConv2d'>) {
  const weighted = weightedOf(site);
  const layout = 'output channel, kernel row, kernel column, input channel';
  if (weighted.x.dtype !== 'float32') return channelTables(weighted, layout, `node '${site.node.name}'`);
  return [
    { role: 'weights', values: weighted.weights.data!, comment: `${weighted.weights.shape.join('x')}: ${layout}` },
    { role: 'bias', values: weighted.bias.data!, comment: 'per output channel' },
  ];
}

import { elementCount, ShapeError, type Tensor } from '@kiln/ir';
import { wideScaleProblems } from '../../arithmetic/requantization.js';
import { scaleProblems } from '../scale-problems.js';
import type { Operator } from '../operator.js';
import type { Site } from '../site.js';
import { scaleOf } from '../weighted.js';
import { lstmFloat32 } from './kernels/lstm-float32.portable.js';
import { lstmInteger } from './kernels/lstm-integer.portable.js';
import { lstmReference } from './lstm-reference.js';
import { cellPower, lstmScales, lstmSizes, lstmTensors, proveGates } from './lstm-scales.js';

/** x and hidden state, weights, biases, cell state. */
const TYPES: readonly string[] = [
  'float32, float32, float32, float32',
  'int8, int8, int32, int16',
  'int16, int8, int64, int16',
];

/** Scales of the cell state for which its tangent stays in 32 bits. */
const POWERS = { least: -27, most: 0 };

function problemsOf(site: Site<'unidirectionalSequenceLstm'>): readonly string[] {
  const { x, weights, recurrent, biases, hidden, cell } = lstmTensors(site);
  const groups = [
    [x, hidden, site.outputs[0]!, site.outputs[1]!],
    [...weights, ...recurrent],
    biases,
    [cell, site.outputs[2]!],
  ];
  const types = groups.map((group) => [...new Set(group.map(({ dtype }) => dtype))].join(' and ')).join(', ');
  if (!TYPES.includes(types)) return [`found ${types}, expected one of ${TYPES.join('; ')}`];
  const constants = [...weights, ...recurrent, ...biases];
  const computed = constants.filter(({ data }) => data === null);
  const { cellClip } = site.node.attributes;
  const problems = [
    ...computed.map(({ name }) => `found '${name}' computed, expected a constant`),
    ...(Number.isFinite(cellClip) ? [] : [`found the bound ${cellClip} of the cell state, expected a finite one`]),
  ];
  if (x.dtype === 'float32') return problems;
  const scales = scaleProblems([x, hidden, cell, ...weights, ...recurrent]);
  problems.push(...(scales.length > 0 ? scales : integerProblems([...weights, ...recurrent], cell)));
  return problems.length === 0 && x.dtype === 'int16' ? wideScaleProblems(lstmScales(site).gates) : problems;
}

function integerProblems(matrices: readonly Tensor[], cell: Tensor): readonly string[] {
  const [scale, power] = [scaleOf(cell), cellPower(cell)];
  const isPower = Math.abs(Math.log2(scale) - power) < 1e-3 && power >= POWERS.least && power <= POWERS.most;
  return [
    ...(isPower
      ? []
      : [
          `found the scale ${scale} for '${cell.name}', expected 2^${POWERS.least} to 2^${POWERS.most}, a power of two`,
        ]),
    ...(matrices.some(({ quantization }) => quantization!.zeroPoint[0] !== 0)
      ? ['found weights with a zero point, expected 0']
      : []),
  ];
}

/** Source: TensorFlow Lite Micro, lstm_eval.h, lstm_eval_common.cc. */
export const lstm: Operator<'unidirectionalSequenceLstm'> = {
  op: 'unidirectionalSequenceLstm',
  summary: 'step by step: cell = clip(f * cell + i * g), y = hidden = o * tanh(cell)',
  dtypes: ['float32', 'int8', 'int16'],
  exactness: 'sigmoid and tangent in specified float operations',
  memory: () => ({
    kind: 'over',
    pairs: [
      [1, 13],
      [2, 14],
    ],
  }),
  inferShapes: ({ name, attributes: { timeMajor } }, inputs) => {
    const [first = 0, second = 0, features = 0] = inputs[0]!.shape;
    const units = inputs[5]!.shape[0] ?? 0;
    const batches = timeMajor ? second : first;
    const isMatrix = (i: number, columns: number): boolean => inputs[i]!.shape.join() === [units, columns].join();
    const fits =
      inputs[0]!.shape.length === 3 &&
      [1, 2, 3, 4].every((i) => isMatrix(i, features)) &&
      [5, 6, 7, 8].every((i) => isMatrix(i, units)) &&
      [9, 10, 11, 12].every((i) => inputs[i]!.shape.join() === [units].join()) &&
      [13, 14].every((i) => elementCount(inputs[i]!.shape) === batches * units);
    if (fits) return [[first, second, units], inputs[13]!.shape, inputs[14]!.shape];
    const shapes = inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(', ');
    const message = `found ${shapes}, expected an x of 3 dimensions and weights, biases and states for ${units} units`;
    throw new ShapeError('E-LSTM', `node '${name}'`, message, 'Convert the model again');
  },
  problems: problemsOf,
  reference: (site) => {
    if (site.inputs[0]!.dtype !== 'float32') proveGates(site);
    return lstmReference(site);
  },
  quantizer: { output: 'float32', constants: () => [] },
  macs: (site) => {
    const { steps, batches, features, units } = lstmSizes(site);
    return steps * batches * units * (4 * (features + units) + 3);
  },
  kernels: [lstmInteger, lstmFloat32],
};

import { elementCount } from '@kiln/ir';
import { SEPARATE, type Operator } from '../operator.js';
import { quantizeWeights } from '../quantize-weights.js';
import { weightedOf, weightedProblems } from '../weighted.js';
import { inferShapes } from './infer-shape.js';
import { denseFloat32 } from './kernels/float32.portable.js';
import { denseInteger } from './kernels/integer.portable.js';
import { densePairs } from './kernels/pairs.armv7e-m.js';
import { reference } from './reference.js';

export const dense: Operator<'dense'> = {
  op: 'dense',
  summary: 'y[o] = activation(bias[o] + sum over i of x[i] * weights[o][i])',
  dtypes: ['float32', 'int8', 'int16'],
  exactness: 'one rounding per multiplication and addition, in the order of i',
  memory: () => SEPARATE,
  inferShapes,
  reference,
  quantizer: {
    output: 'calibrated',
    constants: ({ inputs: [x, weights, bias] }) => quantizeWeights(x!, weights!, bias!),
  },
  problems: (site) => weightedProblems(weightedOf(site), 0),
  macs: ({ inputs, outputs }) => elementCount(outputs[0]!.shape) * inputs[1]!.shape[1]!,
  kernels: [denseInteger, denseFloat32, densePairs],
};

import { elementCount } from '@kiln/ir';
import { SEPARATE, type Operator } from '../operator.js';
import { quantizeWeights } from '../quantize-weights.js';
import { weightedOf, weightedProblems } from '../weighted.js';
import { conv2dFloat32 } from './kernels/float32.portable.js';
import { conv2dInteger } from './kernels/integer.portable.js';
import { conv2dPairs } from './kernels/pairs.armv7e-m.js';
import { conv2dPositions } from './kernels/positions.armv6-m.js';
import { conv2dWinograd } from './kernels/winograd.armv7e-m.js';
import { inferShapes } from './infer-shape.js';
import { reference } from './reference.js';

export const conv2d: Operator<'conv2d'> = {
  op: 'conv2d',
  summary: 'y[r][c][o] = activation(bias[o] + sum over i, j, k of x[r*s+i][c*s+j][k] * weights[o][i][j][k])',
  dtypes: ['float32', 'int8', 'int16'],
  exactness: 'one rounding per multiplication and addition, in the order of i, j, k',
  memory: () => SEPARATE,
  inferShapes,
  reference,
  quantizer: {
    output: 'calibrated',
    constants: ({ inputs: [x, weights, bias] }) => quantizeWeights(x!, weights!, bias!),
  },
  problems: (site) => weightedProblems(weightedOf(site), 0),
  macs: ({ inputs, outputs }) => elementCount(outputs[0]!.shape) * elementCount(inputs[1]!.shape.slice(1)),
  kernels: [conv2dInteger, conv2dFloat32, conv2dPositions, conv2dPairs, conv2dWinograd],
};

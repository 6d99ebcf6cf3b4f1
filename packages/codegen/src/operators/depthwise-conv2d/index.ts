import { elementCount, type NodeOf, ShapeError, type Shape, type Tensor } from '@kiln/ir';
import { SEPARATE, type Operator } from '../operator.js';
import { quantizeWeights } from '../quantize-weights.js';
import { weightedOf, weightedProblems } from '../weighted.js';
import { windowGeometry } from '../window.js';
import { depthwiseConv2dFloat32 } from './kernels/float32.portable.js';
import { depthwiseConv2dInteger } from './kernels/integer.portable.js';
import { depthwiseConv2dPlanes } from './kernels/planes.armv7e-m.js';
import { reference } from './reference.js';

export const depthwiseConv2d: Operator<'depthwiseConv2d'> = {
  op: 'depthwiseConv2d',
  summary: 'y[r][c][o] = activation(bias[o] + sum over i, j of x[r*s+i][c*s+j][o/m] * weights[i][j][o])',
  dtypes: ['float32', 'int8', 'int16'],
  exactness: 'one rounding per multiplication and addition, in the order of i, j',
  memory: () => SEPARATE,
  inferShapes,
  reference,
  quantizer: {
    output: 'calibrated',
    constants: ({ inputs: [x, weights, bias] }) => quantizeWeights(x!, weights!, bias!, 3),
  },
  problems: (site) => weightedProblems(weightedOf(site), 3),
  macs: ({ inputs, outputs }) => elementCount(outputs[0]!.shape) * elementCount(inputs[1]!.shape.slice(1, 3)),
  kernels: [depthwiseConv2dInteger, depthwiseConv2dPlanes, depthwiseConv2dFloat32],
};

/** [N, H, W, C] and [1, K_h, K_w, C * m] -> [N, H', W', C * m]. */
function inferShapes(node: NodeOf<'depthwiseConv2d'>, [x, weights, bias]: readonly Tensor[]): readonly Shape[] {
  const where = `node '${node.name}'`;
  const [one, height = 0, width = 0, filters = 0] = weights?.shape ?? [];
  if (x?.shape.length !== 4 || weights?.shape.length !== 4 || one !== 1) {
    const message = `has an input of [${x?.shape.join(', ')}] and weights of [${weights?.shape.join(', ')}], expected [N, H, W, C] and [1, K_h, K_w, C * m]`;
    throw new ShapeError('E-DEPTHWISE-RANK', where, message, 'Check the layer that produces the input');
  }
  if (filters === 0 || filters % x.shape[3]! !== 0 || bias?.shape.length !== 1 || bias.shape[0] !== filters) {
    const message = `has ${x.shape[3]} channels, weights of ${filters} and a bias of [${bias?.shape.join(', ')}], expected a multiple of the channels`;
    throw new ShapeError('E-DEPTHWISE-CHANNELS', where, message, 'Check the layer that produces the input');
  }
  const { batches, output } = windowGeometry(x.shape, [height, width], node.attributes);
  if (output[0] < 1 || output[1] < 1) {
    const message = `a ${height}x${width} kernel finds no place in an input of ${x.shape[1]}x${x.shape[2]}`;
    throw new ShapeError('E-DEPTHWISE-EMPTY', where, message, "Use padding 'same' or a smaller kernel");
  }
  return [[batches, output[0], output[1], filters]];
}

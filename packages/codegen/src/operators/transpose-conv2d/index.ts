import { elementCount, type NodeOf, ShapeError, type Shape, type Tensor } from '@kiln/ir';
import { SEPARATE, type Operator } from '../operator.js';
import { quantizeWeights } from '../quantize-weights.js';
import { weightedOf, weightedProblems } from '../weighted.js';
import { transposeConv2dPortable } from './kernels/portable.js';
import { reference } from './reference.js';

export const transposeConv2d: Operator<'transposeConv2d'> = {
  op: 'transposeConv2d',
  summary: 'y[r*s+i][c*s+j][o] = activation(bias[o] + sum over r, c, i, j, k of x[r][c][k] * weights[o][i][j][k])',
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
  macs: ({ inputs }) => elementCount(inputs[0]!.shape) * elementCount(inputs[1]!.shape.slice(0, 3)),
  kernels: [transposeConv2dPortable],
};

/** [N, H, W, C_in] and [C_out, K_h, K_w, C_in] -> [N, H', W', C_out] with H', W' = `size`. */
function inferShapes(node: NodeOf<'transposeConv2d'>, [x, weights, bias]: readonly Tensor[]): readonly Shape[] {
  const filters = weights?.shape[0];
  const fits = x?.shape.length === 4 && weights?.shape.length === 4 && x.shape[3] === weights.shape[3];
  if (!fits || filters === undefined || bias?.shape.length !== 1 || bias.shape[0] !== filters) {
    const found = [x, weights, bias].map((tensor) => `[${tensor?.shape.join(', ')}]`).join(', ');
    const message = `has input, weights and bias of ${found}, expected [N, H, W, C_in], [C_out, K_h, K_w, C_in], [C_out]`;
    throw new ShapeError('E-TRANSPOSE-CONV', `node '${node.name}'`, message, 'Check the layer that produces the input');
  }
  return [[x.shape[0]!, ...node.attributes.size, filters]];
}

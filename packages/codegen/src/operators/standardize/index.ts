import { ShapeError, equalShapes } from '@kiln/ir';
import { SEPARATE, type Operator } from '../operator.js';
import { standardizeFloat32 } from './kernels/float32.portable.js';
import { standardizeInteger } from './kernels/integer.portable.js';
import { reference } from './reference.js';

/** The scaler that was fitted on the training data, compiled in. */
export const standardize: Operator<'standardize'> = {
  op: 'standardize',
  summary: 'y[i] = (x[i] - mean[i]) * inverse_deviation[i]',
  dtypes: ['uint8', 'float32'],
  exactness: 'one rounding for the subtraction, one for the multiplication',
  memory: () => SEPARATE,
  inferShapes: (node, [x, mean, inverse]) => {
    if (equalShapes(x!.shape, mean!.shape) && equalShapes(x!.shape, inverse!.shape)) return [x!.shape];
    const message = `input has shape [${x!.shape.join(', ')}], the means [${mean!.shape.join(', ')}], expected the same`;
    throw new ShapeError('E-STANDARDIZE-SHAPE', `node '${node.name}'`, message, 'Fit the scaler on data of this shape');
  },
  reference,
  // Means and deviations stay real numbers in the graph; only the kernel turns them into integers.
  quantizer: { output: 'calibrated', constants: ({ inputs }) => inputs.slice(1) },
  problems: () => [],
  macs: () => 0,
  kernels: [standardizeInteger, standardizeFloat32],
};

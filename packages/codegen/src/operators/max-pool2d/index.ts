import { IN_PLACE, type Operator, SEPARATE } from '../operator.js';
import { inferShapes } from './infer-shape.js';
import { maxPool2dPortable } from './kernels/portable.js';
import { windowGeometry } from '../window.js';
import { reference } from './reference.js';

export const maxPool2d: Operator<'maxPool2d'> = {
  op: 'maxPool2d',
  summary: 'y[r][c][k] = max over i, j of x[r*s+i][c*s+j][k]',
  dtypes: ['float32', 'int8'],
  exactness: 'exact',
  // A window that starts in the padding reaches back to what was already written.
  memory: ({ node, inputs }) =>
    windowGeometry(inputs[0]!.shape, node.attributes.window, node.attributes).padded ? SEPARATE : IN_PLACE,
  inferShapes,
  reference,
  quantizer: { output: 'as-input', constants: () => [] },
  problems: () => [],
  macs: () => 0,
  kernels: [maxPool2dPortable],
};

import { perTensor } from '@kiln/ir';
import { IN_PLACE, type Operator } from '../operator.js';
import { softmaxFloat32 } from './kernels/float32.portable.js';
import { softmaxInt8 } from './kernels/int8.portable.js';
import { reference } from './reference.js';

export const softmax: Operator<'softmax'> = {
  op: 'softmax',
  summary: 'y[i] = exp(x[i]) / sum over j of exp(x[j])',
  dtypes: ['float32', 'int8'],
  exactness: 'exp in specified float operations',
  memory: () => IN_PLACE,
  inferShapes: (_, [x]) => [x!.shape],
  reference,
  // Fixed by the TensorFlow Lite quantization specification: probabilities 0 to 255/256.
  quantizer: { output: { int8: perTensor(1 / 256, -128), int16: perTensor(1 / 32768, 0) }, constants: () => [] },
  problems: () => [],
  macs: () => 0,
  kernels: [softmaxInt8, softmaxFloat32],
};

import { IN_PLACE, type Operator } from '../operator.js';
import { zeroPointOf } from '../weighted.js';
import { reluPortable } from './kernels/portable.js';

/** Alone only where it could not be fused into the node before it. */
export const relu: Operator<'relu'> = {
  op: 'relu',
  summary: 'y = max(x, 0)',
  dtypes: ['float32', 'int8'],
  exactness: 'exact',
  memory: () => IN_PLACE,
  inferShapes: (_, [x]) => [x!.shape],
  reference: ({ inputs }) => {
    // In int8 the zero is the zero point; input and output have the same scale.
    const zero = inputs[0]!.dtype === 'float32' ? 0 : zeroPointOf(inputs[0]!);
    return ([input], [output]) => {
      for (let i = 0; i < input!.length; i++) output![i] = input![i]! > zero ? input![i]! : zero;
    };
  },
  quantizer: { output: 'as-input', constants: () => [] },
  problems: () => [],
  macs: () => 0,
  kernels: [reluPortable],
};

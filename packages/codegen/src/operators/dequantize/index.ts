import { SEPARATE, type Operator } from '../operator.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { dequantizePortable } from './kernels/portable.js';

export const dequantize: Operator<'dequantize'> = {
  op: 'dequantize',
  summary: 'y = scale * (x - zeroPoint)',
  dtypes: ['int8'],
  exactness: 'one rounding to float32',
  memory: () => SEPARATE,
  inferShapes: (_, [x]) => [x!.shape],
  reference: ({ inputs }) => {
    const [scale, zeroPoint] = [Math.fround(scaleOf(inputs[0]!)), zeroPointOf(inputs[0]!)];
    return ([input], [output]) => {
      for (let i = 0; i < input!.length; i++) output![i] = Math.fround(scale * (input![i]! - zeroPoint));
    };
  },
  quantizer: { output: 'as-input', constants: () => [] },
  problems: () => [],
  macs: () => 0,
  kernels: [dequantizePortable],
};

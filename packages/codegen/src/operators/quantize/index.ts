import { SEPARATE, type Operator } from '../operator.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { quantizePortable } from './kernels/portable.js';

/** Rounds half away from zero, as TensorFlow Lite; what is not a number becomes the least value. */
export const quantize: Operator<'quantize'> = {
  op: 'quantize',
  summary: 'y = clamp(round(x / scale) + zeroPoint)',
  dtypes: ['float32'],
  exactness: 'the division rounds once to float32, the rest is exact',
  memory: () => SEPARATE,
  inferShapes: (_, [x]) => [x!.shape],
  reference: ({ outputs }) => {
    const { fround } = Math;
    const [scale, zeroPoint] = [fround(scaleOf(outputs[0]!)), zeroPointOf(outputs[0]!)];
    return ([input], [output]) => {
      for (let i = 0; i < input!.length; i++) {
        const ratio = fround(input![i]! / scale);
        const bounded = ratio > -128 - zeroPoint ? Math.min(ratio, 127 - zeroPoint) : -128 - zeroPoint;
        const whole = Math.trunc(bounded);
        const rest = bounded - whole;
        output![i] = whole + (rest >= 0.5 ? 1 : rest <= -0.5 ? -1 : 0) + zeroPoint;
      }
    };
  },
  quantizer: { output: 'calibrated', constants: () => [] },
  problems: () => [],
  macs: () => 0,
  kernels: [quantizePortable],
};

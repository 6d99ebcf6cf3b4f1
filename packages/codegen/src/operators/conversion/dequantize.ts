import { cFloat, cPlus } from '../../emit/c-literal.js';
import { pointwiseOperator } from '../pointwise/pointwise.js';
import { resultProblems } from '../pointwise/type-problems.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { singleScaleProblems } from './single-scale-problems.js';

export const dequantize = pointwiseOperator<'dequantize'>({
  op: 'dequantize',
  summary: 'y = scale * (x - zeroPoint)',
  dtypes: ['int8', 'uint8', 'int16'],
  exactness: 'one rounding to float32',
  quantizer: 'as-input',
  instructions: 10,
  problems: (site) => [...singleScaleProblems(site.inputs), ...resultProblems(site, 'float32')],
  formula: ({ inputs }) => {
    const [scale, zeroPoint] = [Math.fround(scaleOf(inputs[0]!)), zeroPointOf(inputs[0]!)];
    const centred = zeroPoint === 0 ? 'value' : `(value${cPlus(-zeroPoint)})`;
    return {
      evaluate: (value) => Math.fround(scale * (value - zeroPoint)),
      result: `${cFloat(scale)} * (float)${centred}`,
    };
  },
});

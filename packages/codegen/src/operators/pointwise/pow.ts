import { floatPower } from '../../arithmetic/float-power.js';
import { integerPower } from '../../arithmetic/integer-power.js';
import { pointwiseOperator } from './pointwise.js';
import { oneTypeProblems } from './type-problems.js';

const DTYPES = ['float32', 'int32'] as const;

export const pow = pointwiseOperator<'pow'>({
  op: 'pow',
  summary: 'y = a^b',
  dtypes: DTYPES,
  exactness: 'within 0.6 units in the last place',
  quantizer: 'float32',
  instructions: 300,
  problems: ({ inputs, outputs }) => oneTypeProblems([...inputs, ...outputs]),
  formula: ({ outputs }) =>
    outputs[0]!.dtype === 'float32'
      ? { evaluate: floatPower, result: 'float_power(a, b)', supports: ['floatPower'] }
      : { evaluate: integerPower, result: 'integer_power(a, b)', supports: ['integerPower'] },
});

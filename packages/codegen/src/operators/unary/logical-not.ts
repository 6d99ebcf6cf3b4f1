import { pointwiseOperator } from '../pointwise/pointwise.js';
import { resultProblems } from '../pointwise/type-problems.js';
import { unaryProblems } from './unary-problems.js';

export const logicalNot = pointwiseOperator<'logicalNot'>({
  op: 'logicalNot',
  summary: 'y = !x',
  dtypes: ['bool'],
  quantizer: 'float32',
  problems: (site) => [...unaryProblems(site, ['bool']), ...resultProblems(site, 'bool')],
  formula: () => ({ evaluate: (value) => value === 0, result: 'value == 0' }),
});

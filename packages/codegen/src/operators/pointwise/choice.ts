import { C_TYPE } from '../../emit/c-types.js';
import { pointwiseOperator } from './pointwise.js';
import { oneScaleProblems, oneTypeProblems, resultProblems } from './type-problems.js';

/** Of equal operands, and where one is not a number, the second: so TensorFlow Lite Micro compares. */
function extreme<K extends 'maximum' | 'minimum'>(op: K, sign: '>' | '<') {
  return pointwiseOperator<K>({
    op,
    summary: `y = a ${sign} b ? a : b`,
    dtypes: ['float32', 'int8', 'int16', 'int32', 'int64', 'uint8'],
    quantizer: 'as-input',
    problems: ({ inputs, outputs }) => [
      ...oneTypeProblems([...inputs, ...outputs]),
      ...oneScaleProblems([...inputs, ...outputs]),
    ],
    formula: ({ outputs }) => ({
      evaluate: sign === '>' ? (a, b) => (a > b ? a : b) : (a, b) => (a < b ? a : b),
      result: narrowed(outputs[0]!.dtype, `a ${sign} b ? a : b`),
    }),
  });
}

export const maximum = extreme('maximum', '>');
export const minimum = extreme('minimum', '<');

export const select = pointwiseOperator<'select'>({
  op: 'select',
  summary: 'y = condition ? a : b',
  dtypes: ['bool'],
  quantizer: 'as-input',
  problems: ({ inputs, outputs }) => {
    const values = [...inputs.slice(1), ...outputs];
    return [...oneTypeProblems(values), ...oneScaleProblems(values)];
  },
  formula: ({ outputs }) => ({
    evaluate: (condition, a, b) => (condition !== 0 ? a : b),
    result: narrowed(outputs[0]!.dtype, 'condition != 0 ? a : b'),
  }),
});

function logical<K extends 'logicalAnd' | 'logicalOr'>(op: K, sign: '&&' | '||') {
  return pointwiseOperator<K>({
    op,
    summary: `y = a ${sign} b`,
    dtypes: ['bool'],
    quantizer: 'float32',
    problems: (site) => [...oneTypeProblems(site.inputs), ...resultProblems(site, 'bool')],
    formula: () => ({
      evaluate: sign === '&&' ? (a, b) => a !== 0 && b !== 0 : (a, b) => a !== 0 || b !== 0,
      result: `a != 0 ${sign} b != 0`,
    }),
  });
}

export const logicalAnd = logical('logicalAnd', '&&');
export const logicalOr = logical('logicalOr', '||');

/** An int32 expression that fits a smaller type, as that type. */
function narrowed(dtype: keyof typeof C_TYPE, text: string): string {
  return ['int8', 'uint8', 'int16', 'bool'].includes(dtype) ? `(${C_TYPE[dtype]})(${text})` : text;
}

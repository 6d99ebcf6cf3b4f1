import type { DType } from '@kiln/ir';
import { cFloat, cInt, cInt64 } from '../../emit/c-literal.js';
import { C_TYPE } from '../../emit/c-types.js';
import { integerLimits } from '../activation.js';
import { oneScaleProblems, oneTypeProblems } from '../pointwise/type-problems.js';
import type { Site } from '../site.js';
import { type FoldName, reducedNest, reducedShapes } from './reduced-nest.js';
import { reductionOperator, type ReductionFormula } from './reduction.js';

const LOWEST = -(2 ** 128 - 2 ** 104);

type Extreme = 'reduceMax' | 'reduceMin';

function extreme<K extends Extreme>(op: K, sign: '>' | '<') {
  return reductionOperator<K>({
    op,
    summary: `y = the ${op === 'reduceMax' ? 'greatest' : 'least'} of the values along the axes`,
    dtypes: ['float32', 'int8', 'int16', 'int32', 'int64', 'uint8'],
    exactness: 'exact',
    quantizer: 'as-input',
    inferShapes: reducedShapes,
    nest: ({ node, inputs }) => reducedNest(inputs[0]!.shape, node.attributes.axes),
    problems: sameTypeProblems,
    formula: ({ outputs }) => extremeFormula(op, sign, outputs[0]!.dtype),
  });
}

/** Values beyond the type's last finite number, such as infinity and what is not a number, do not count. */
function extremeFormula(op: Extreme, sign: '>' | '<', dtype: DType): ReductionFormula {
  const { start, text } = farthest(op, dtype);
  const type = ['int8', 'int16', 'uint8'].includes(dtype) ? 'int32_t' : C_TYPE[dtype];
  const cast = type === C_TYPE[dtype] ? '' : `(${C_TYPE[dtype]})`;
  return {
    start,
    step:
      sign === '>' ? (best, value) => (value > best ? value : best) : (best, value) => (value < best ? value : best),
    finish: (best) => best,
    writes: 'once',
    startLines: [`${type} best = ${text};`],
    stepLines: () => [`best = value ${sign} best ? value : best;`],
    finishLines: ({ target }) => [`${target} = ${cast}best;`],
  };
}

/** What every value is at least as great, or small, as. */
function farthest(op: Extreme, dtype: DType): { readonly start: number; readonly text: string } {
  const end = op === 'reduceMax' ? 'low' : 'high';
  if (dtype === 'float32') {
    const start = op === 'reduceMax' ? LOWEST : -LOWEST;
    return { start, text: cFloat(start) };
  }
  if (dtype === 'int64') {
    const start = op === 'reduceMax' ? -(2n ** 63n) : 2n ** 63n - 1n;
    return { start: start as unknown as number, text: cInt64(start) };
  }
  const start = integerLimits(dtype)[end];
  return { start, text: cInt(start) };
}

function sameTypeProblems({ inputs, outputs }: Site<FoldName>): readonly string[] {
  return [...oneTypeProblems([...inputs, ...outputs]), ...oneScaleProblems([...inputs, ...outputs])];
}

function logical<K extends 'reduceAll' | 'reduceAny'>(op: K) {
  const all = op === 'reduceAll';
  return reductionOperator<K>({
    op,
    summary: `y = whether ${all ? 'all' : 'any'} of the values along the axes are true`,
    dtypes: ['bool'],
    exactness: 'exact',
    quantizer: 'float32',
    inferShapes: reducedShapes,
    nest: ({ node, inputs }) => reducedNest(inputs[0]!.shape, node.attributes.axes),
    problems: ({ inputs, outputs }) => oneTypeProblems([...inputs, ...outputs]),
    formula: () => ({
      start: all ? 1 : 0,
      step: (found, value) => Number(all ? found !== 0 && value !== 0 : found !== 0 || value !== 0),
      finish: (found) => found,
      writes: 'once',
      startLines: [`int32_t found = ${all ? 1 : 0};`],
      stepLines: () => [`found = value ${all ? '=' : '!'}= 0 ? ${all ? 0 : 1} : found;`],
      finishLines: ({ target }) => [`${target} = (uint8_t)found;`],
    }),
  });
}

export const reduceMax = extreme('reduceMax', '>');
export const reduceMin = extreme('reduceMin', '<');
export const reduceAll = logical('reduceAll');
export const reduceAny = logical('reduceAny');

import type { BinaryName, DType } from '@kiln/ir';
import { requantizationOf } from '../../arithmetic/requantization.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { type Formula, pointwiseOperator } from './pointwise.js';
import { rescale } from './rescale.js';
import { oneTypeProblems, resultProblems } from './type-problems.js';
import { scaleProblems } from '../scale-problems.js';

type Name = Extract<BinaryName, 'equal' | 'notEqual' | 'less' | 'lessEqual' | 'greater' | 'greaterEqual'>;

const COMPARE: Readonly<Record<Name, { readonly sign: string; readonly test: (a: number, b: number) => boolean }>> = {
  equal: { sign: '==', test: (a, b) => a === b },
  notEqual: { sign: '!=', test: (a, b) => a !== b },
  less: { sign: '<', test: (a, b) => a < b },
  lessEqual: { sign: '<=', test: (a, b) => a <= b },
  greater: { sign: '>', test: (a, b) => a > b },
  greaterEqual: { sign: '>=', test: (a, b) => a >= b },
};

/** Quantized operands are compared in 2^-8 of a real. */
const LEFT_SHIFT = 8;

function operator<K extends Name>(op: K) {
  const { sign, test } = COMPARE[op];
  const types: readonly DType[] = ['float32', 'int8', 'int16', 'int32', 'int64'];
  return pointwiseOperator<K>({
    op,
    summary: `y = a ${sign} b`,
    dtypes: op === 'equal' || op === 'notEqual' ? [...types, 'bool'] : types,
    quantizer: 'float32',
    problems: (site) => [
      ...oneTypeProblems(site.inputs),
      ...resultProblems(site, 'bool'),
      ...scaleProblems(site.inputs.filter(({ dtype }) => dtype === 'int8')),
    ],
    formula: (site) =>
      site.inputs[0]!.dtype === 'int8' ? quantizedFormula(op, site) : { evaluate: test, result: `a ${sign} b` },
  });
}

/** Source: TensorFlow Lite Micro, `ComparisonWithScaling`: both scales as multipliers, the lesser values 256 fold. */
function quantizedFormula(op: Name, { node, inputs }: Site<Name>): Formula {
  const { sign, test } = COMPARE[op];
  const [left, right] = inputs.map((tensor) =>
    rescale(requantizationOf(scaleOf(tensor), `node '${node.name}'`), zeroPointOf(tensor), LEFT_SHIFT),
  ) as [ReturnType<typeof rescale>, ReturnType<typeof rescale>];
  return {
    evaluate: (a, b) => test(left.evaluate(a), right.evaluate(b)),
    result: `${left.text('a')} ${sign} ${right.text('b')}`,
    supports: ['requantize'],
  };
}

export const equal = operator('equal');
export const notEqual = operator('notEqual');
export const less = operator('less');
export const lessEqual = operator('lessEqual');
export const greater = operator('greater');
export const greaterEqual = operator('greaterEqual');

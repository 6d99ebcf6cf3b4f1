import type { UnaryName } from '@kiln/ir';
import { floatRound } from '../../arithmetic/float-round.js';
import { type Formula, pointwiseOperator } from '../pointwise/pointwise.js';
import { unaryProblems } from './unary-problems.js';

function operator<K extends Extract<UnaryName, 'ceil' | 'floor' | 'round'>>(op: K, summary: string, formula: Formula) {
  return pointwiseOperator<K>({
    op,
    summary,
    dtypes: ['float32'],
    quantizer: 'float32',
    instructions: 12,
    problems: (site) => unaryProblems(site, ['float32']),
    formula: () => formula,
  });
}

export const floor = operator('floor', 'y = the whole number below x', {
  evaluate: Math.floor,
  result: 'float_floor(value)',
  supports: ['floatFloor'],
});

export const ceil = operator('ceil', 'y = the whole number above x', {
  evaluate: Math.ceil,
  result: '-float_floor(-value)',
  supports: ['floatFloor'],
});

export const round = operator('round', 'y = the whole number nearest to x, of two the even one', {
  evaluate: floatRound,
  result: 'float_round(value)',
  supports: ['floatRound'],
});

import { floatExp } from '../../arithmetic/float-exp.js';
import { floatLog } from '../../arithmetic/float-log.js';
import { floatSine } from '../../arithmetic/float-sine.js';
import { integerLimits } from '../activation.js';
import { pointwiseOperator } from '../pointwise/pointwise.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { lookedUp } from './looked-up.js';
import { unaryProblems } from './unary-problems.js';

const TABULATED = ['float32', 'int8', 'int16'] as const;

export const exp = pointwiseOperator<'exp'>({
  op: 'exp',
  summary: 'y = exp(x)',
  dtypes: TABULATED,
  exactness: 'within 1.5 units in the last place',
  quantizer: 'calibrated',
  instructions: 40,
  problems: (site) => unaryProblems(site, TABULATED),
  formula: (site) =>
    site.inputs[0]!.dtype === 'float32'
      ? { evaluate: floatExp, result: 'float_exp(value)', supports: ['floatExp'] }
      : lookedUp(site, Math.exp),
});

/** Of integers that stand for no more than 0 it is the least value. Source: TensorFlow Lite, `LogLUTPrepare`. */
export const log = pointwiseOperator<'log'>({
  op: 'log',
  summary: 'y = log(x)',
  dtypes: TABULATED,
  exactness: 'within 1 unit in the last place',
  quantizer: 'calibrated',
  instructions: 50,
  problems: (site) => unaryProblems(site, TABULATED),
  formula: (site) => {
    const y = site.outputs[0]!;
    if (y.dtype === 'float32') return { evaluate: floatLog, result: 'float_log(value)', supports: ['floatLog'] };
    const least = Math.fround((integerLimits(y.dtype).low - zeroPointOf(y)) * scaleOf(y));
    return lookedUp(site, (value) => (value <= 0 ? least : Math.log(value)));
  },
});

function circular<K extends 'sin' | 'cos'>(op: K, quarters: number) {
  return pointwiseOperator<K>({
    op,
    summary: `y = ${op}(x)`,
    dtypes: ['float32'],
    exactness: 'within 1.6 units in the last place',
    quantizer: 'float32',
    instructions: 60,
    problems: (site) => unaryProblems(site, ['float32']),
    formula: () => ({
      evaluate: (value) => floatSine(value, quarters),
      result: `float_sine(value, ${quarters}u)`,
      supports: ['floatSine'],
    }),
  });
}

export const sin = circular('sin', 0);
export const cos = circular('cos', 1);

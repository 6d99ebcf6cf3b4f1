import type { Activation, Tensor } from '@kiln/ir';
import { floatSqrt } from '../../arithmetic/float-sqrt.js';
import { cFloat, cInt } from '../../emit/c-literal.js';
import { floatActivation, floatActivationLines, integerLimits } from '../activation.js';
import { bounded, poolingOperator, type WindowFormula } from './pooling.js';

const LOWEST = -(2 ** 128 - 2 ** 104);

/** Values that are not above the type's least, such as what is not a number, do not count. */
function maxFormula(activation: Activation, y: Tensor): WindowFormula {
  const float = y.dtype === 'float32';
  const start = float ? LOWEST : integerLimits(y.dtype).low;
  const { evaluate, result, supports } = float
    ? { evaluate: floatActivation(activation), result: (name: string) => name, supports: [] }
    : bounded(activation, y);
  return {
    start,
    step: (greatest, value) => (value > greatest ? value : greatest),
    finish: evaluate,
    startLines: [`${float ? 'float' : 'int32_t'} greatest = ${float ? cFloat(start) : cInt(start)};`],
    stepLines: ['greatest = value > greatest ? value : greatest;'],
    finishLines: () => (float ? floatActivationLines(activation, 'greatest') : []),
    result: result('greatest'),
    counts: false,
    supports,
  };
}

function averageFormula(activation: Activation, y: Tensor): WindowFormula {
  return y.dtype === 'float32' ? floatAverage(activation) : integerAverage(activation, y);
}

function floatAverage(activation: Activation): WindowFormula {
  const activate = floatActivation(activation);
  return {
    start: 0,
    step: (sum, value) => Math.fround(sum + value),
    finish: (sum, count) => activate(Math.fround(sum / count)),
    startLines: ['float sum = 0.0f;'],
    stepLines: ['sum = sum + value;'],
    finishLines: (count) => [
      `float mean = sum / ${count === null ? '(float)count' : cFloat(count)};`,
      ...floatActivationLines(activation, 'mean'),
    ],
    result: 'mean',
    counts: true,
  };
}

function rootMeanSquare(activation: Activation): WindowFormula {
  const activate = floatActivation(activation);
  return {
    start: 0,
    step: (sum, value) => Math.fround(sum + Math.fround(value * value)),
    finish: (sum, count) => activate(floatSqrt(Math.fround(sum / count))),
    startLines: ['float sum = 0.0f;'],
    stepLines: ['sum = sum + value * value;'],
    finishLines: (count) => [
      `float root = float_sqrt(sum / ${count === null ? '(float)count' : cFloat(count)});`,
      ...floatActivationLines(activation, 'root'),
    ],
    result: 'root',
    counts: true,
    supports: ['floatSqrt'],
  };
}

/** Rounded to nearest, ties away from 0. */
function integerAverage(activation: Activation, y: Tensor): WindowFormula {
  const { evaluate, result, supports } = bounded(activation, y);
  return {
    start: 0,
    step: (sum, value) => sum + value,
    finish: (sum, count) => {
      const half = Math.floor(count / 2);
      return evaluate(Math.trunc((sum + (sum > 0 ? half : -half)) / count));
    },
    startLines: ['int32_t sum = 0;'],
    stepLines: ['sum += value;'],
    finishLines: (count) => {
      const half = count === null ? 'count / 2' : cInt(Math.floor(count / 2));
      const rounding = `(sum > 0 ? ${half} : -(${half}))`.replace(/-\((\d+)\)/, '-$1');
      return [`const int32_t mean = (sum + ${rounding}) / ${count === null ? 'count' : cInt(count)};`];
    },
    result: result('mean'),
    counts: true,
    supports,
  };
}

const maxPool2d = poolingOperator({
  op: 'maxPool2d',
  summary: 'y[r][c][k] = activation(max over i, j of x[r*s+i][c*s+j][k])',
  dtypes: ['float32', 'int8', 'int16'],
  exactness: 'exact',
  formula: maxFormula,
});

const averagePool2d = poolingOperator({
  op: 'averagePool2d',
  summary: 'y[r][c][k] = activation(mean over i, j of x[r*s+i][c*s+j][k])',
  dtypes: ['float32', 'int8', 'int16'],
  exactness: 'one rounding for each value of the window',
  formula: averageFormula,
});

const l2Pool2d = poolingOperator({
  op: 'l2Pool2d',
  summary: 'y[r][c][k] = activation(sqrt(mean over i, j of x[r*s+i][c*s+j][k]^2))',
  dtypes: ['float32'],
  exactness: 'two roundings for each value of the window, and two',
  formula: rootMeanSquare,
});

/** Operators on the windows of a picture; they share one C template. */
export const poolingOperators = { averagePool2d, l2Pool2d, maxPool2d };

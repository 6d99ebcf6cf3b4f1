import { floatLogistic } from '../../arithmetic/float-logistic.js';
import { floatNormal } from '../../arithmetic/float-normal.js';
import { cFloat } from '../../emit/c-literal.js';
import { elementProblems } from '../element-problems.js';
import { type Formula, pointwiseOperator } from '../pointwise/pointwise.js';
import { lookedUp } from '../unary/looked-up.js';

const { fround } = Math;

/** Source: Hendrycks and Gimpel 2016. */
const CUBIC = fround(0.044715);
/** 2 sqrt(2 / pi): (1 + tanh u) / 2 is the sigmoid of 2 u. */
const STEEPNESS = fround(2 * Math.sqrt(2 / Math.PI));

export const gelu = pointwiseOperator<'gelu'>({
  op: 'gelu',
  summary: 'y = x * (the share of a standard normal distribution up to x)',
  dtypes: ['float32', 'int8'],
  exactness: 'exp in specified float operations',
  quantizer: 'calibrated',
  instructions: 100,
  problems: elementProblems,
  formula: (site) => {
    const { approximate } = site.node.attributes;
    if (site.inputs[0]!.dtype === 'int8') return lookedUp(site, approximate ? geluBySigmoid : geluByNormal);
    return approximate ? SIGMOID_FORMULA : NORMAL_FORMULA;
  },
});

function geluByNormal(x: number): number {
  return fround(x * floatNormal(x));
}

function geluBySigmoid(x: number): number {
  const cube = fround(fround(x * x) * x);
  return fround(x * floatLogistic(fround(fround(x + fround(cube * CUBIC)) * STEEPNESS)));
}

const NORMAL_FORMULA: Formula = {
  evaluate: geluByNormal,
  result: 'value * float_normal(value)',
  supports: ['floatNormal'],
};

const SIGMOID_FORMULA: Formula = {
  evaluate: geluBySigmoid,
  lines: [`const float cubic = value * value * value * ${cFloat(CUBIC)};`],
  result: `value * float_logistic((value + cubic) * ${cFloat(STEEPNESS)})`,
  supports: ['floatLogistic'],
};

import { floatLogistic } from '../../arithmetic/float-logistic.js';
import { floatNormal } from '../../arithmetic/float-normal.js';
import { cFloat } from '../../emit/c-literal.js';
import { activationOperator, type ElementFormula } from './activation-operator.js';
import { elementProblems } from './element-problems.js';
import { resultOfFloat } from './lookup-result.js';

const { fround } = Math;

/** Source: Hendrycks and Gimpel 2016. */
const CUBIC = fround(0.044715);
/** 2 sqrt(2 / pi): (1 + tanh u) / 2 is the sigmoid of 2 u. */
const STEEPNESS = fround(2 * Math.sqrt(2 / Math.PI));

export const gelu = activationOperator<'gelu'>({
  op: 'gelu',
  summary: 'y = x * (the share of a standard normal distribution up to x)',
  dtypes: ['float32', 'int8'],
  exactness: 'exp in specified float operations',
  quantizer: 'calibrated',
  instructions: 100,
  problems: elementProblems,
  table: (site) =>
    site.inputs[0]!.dtype === 'int8' ? resultOfFloat(site, formulaOf(site.node.attributes).evaluate) : null,
  formula: (site) => (site.inputs[0]!.dtype === 'float32' ? formulaOf(site.node.attributes) : null),
});

function formulaOf({ approximate }: { readonly approximate: boolean }): ElementFormula {
  if (!approximate) {
    return {
      evaluate: (x) => fround(x * floatNormal(x)),
      result: 'value * float_normal(value)',
      supports: ['floatNormal'],
    };
  }
  return {
    evaluate: (x) => {
      const cube = fround(fround(x * x) * x);
      return fround(x * floatLogistic(fround(fround(x + fround(cube * CUBIC)) * STEEPNESS)));
    },
    lines: [`const float cube = value * value * value;`],
    result: `value * float_logistic((value + cube * ${cFloat(CUBIC)}) * ${cFloat(STEEPNESS)})`,
    supports: ['floatLogistic'],
  };
}

import type { Tensor } from '@kiln/ir';
import { findLinearSum, type LinearSum, pairFunction, type SumForm } from '../../arithmetic/linear-sum.js';
import { requantizationOf } from '../../arithmetic/requantization.js';
import { cInt, cPlus } from '../../emit/c-literal.js';
import { integerActivationRange } from '../activation.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';
import { clamped } from './clamped.js';
import type { Formula } from './pointwise.js';
import { rescale } from './rescale.js';

export type SumName = 'add' | 'sub';

const SIGN = { add: 1, sub: -1 } as const;

/** The operands brought to one scale, and their sum to the result's. */
function rescalings({ node, inputs, outputs }: Site<SumName>) {
  const where = `node '${node.name}'`;
  const [x0, x1, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const leftShift = y.dtype === 'int16' ? 15 : 20;
  const unit = 2 * Math.max(scaleOf(x0), scaleOf(x1));
  return {
    left: rescale(requantizationOf(scaleOf(x0) / unit, where), zeroPointOf(x0), leftShift),
    right: rescale(requantizationOf(scaleOf(x1) / unit, where), zeroPointOf(x1), leftShift),
    total: rescale(requantizationOf(unit / (2 ** leftShift * scaleOf(y)), where), 0, 0),
  };
}

/** The result of one pair: the specification. */
function evaluationOf(site: Site<SumName>): (a: number, b: number) => number {
  const { left, right, total } = rescalings(site);
  const { low, high } = integerActivationRange(site.node.attributes.activation, site.outputs[0]!);
  const [zero, sign] = [zeroPointOf(site.outputs[0]!), SIGN[site.node.op]];
  return (a, b) => Math.max(low, Math.min(high, zero + total.evaluate(left.evaluate(a) + sign * right.evaluate(b))));
}

/**
 * Both operands at twice the greater of their scales, in 2^-20 (int16: 2^-15) of it; then to the result's scale.
 *
 * Source: TensorFlow Lite Micro, `CalculateOpDataAdd`, `reference_integer_ops::Add`.
 */
export function sumFormula(site: Site<SumName>): Formula {
  const { left, right, total } = rescalings(site);
  return {
    evaluate: evaluationOf(site),
    lines: [`const int32_t sum = ${left.text('a')} ${site.node.op === 'add' ? '+' : '-'} ${right.text('b')};`],
    ...clamped(total.text('sum'), site.node.attributes.activation, site.outputs[0]!),
  };
}

/** The same with each operand of int8 looked up at the common scale: two tables in place of two roundings. */
export function tabulatedSumFormula(site: Site<SumName>): Formula {
  const { left, right, total } = rescalings(site);
  const table = (role: string, values: (x: number) => number) => ({
    role,
    values: Int32Array.from({ length: 256 }, (_, i) => values(i - 128)),
    comment: 'for -128 to 127: in 2^-20 of twice the greater scale',
  });
  const sign = SIGN[site.node.op];
  return {
    evaluate: evaluationOf(site),
    lines: ['const int32_t sum = left[a + 128] + right[b + 128];'],
    ...clamped(total.text('sum'), site.node.attributes.activation, site.outputs[0]!),
    tables: [table('left', (x) => left.evaluate(x)), table('right', (x) => sign * right.evaluate(x))],
  };
}

/** The same as one linear form, where one was found. */
export function linearSumFormula(site: Site<SumName>): Formula {
  const { a, b, offset, shift } = linearSumOf(site, 'multiply')!;
  const { low, high } = integerActivationRange(site.node.attributes.activation, site.outputs[0]!);
  return {
    evaluate: evaluationOf(site),
    lines: [
      '/* Equal to the definition with its four roundings for each of the 65,536 pairs. */',
      `const int32_t sum = ${cInt(a)} * a${b < 0 ? ` - ${cInt(-b)}` : ` + ${cInt(b)}`} * b${cPlus(offset)};`,
    ],
    result: `(int8_t)clamp(sum >> ${cInt(shift)}, ${cInt(low)}, ${cInt(high)})`,
    supports: ['clamp'],
  };
}

/** Forms that were looked for, since a search takes some milliseconds and a kernel is asked several times. */
const found = new WeakMap<Tensor, Map<string, LinearSum | null>>();

/** The linear form of a sum of int8; null if none was found. */
export function linearSumOf(site: Site<SumName>, form: SumForm): LinearSum | null {
  const { node, inputs, outputs } = site;
  const y = outputs[0]!;
  const { low, high } = integerActivationRange(node.attributes.activation, y);
  const key = [form, node.op, low, high, ...inputs.flatMap((x) => [scaleOf(x), zeroPointOf(x)])].join();
  const known = found.get(y) ?? new Map<string, LinearSum | null>();
  found.set(y, known);
  const before = known.get(key);
  if (before !== undefined) return before;
  const wanted = pairFunction(evaluationOf(site), low, high);
  const [factorA, factorB] = inputs.map((x) => scaleOf(x) / scaleOf(y)) as [number, number];
  const linear = findLinearSum(wanted, [factorA, SIGN[node.op] * factorB], form);
  known.set(key, linear);
  return linear;
}

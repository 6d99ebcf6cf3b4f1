import { type DType, elementCount, type OpName, type Tensor } from '@kiln/ir';
import { cInt } from '../../emit/c-literal.js';
import { integerLimits } from '../activation.js';
import type { ConstantTable, Kernel } from '../kernel.js';
import type { Evaluate, Operator } from '../operator.js';
import { type Formula, type Pointwise, pointwiseOperator } from '../pointwise/pointwise.js';
import { constantTables, parameterText } from '../signature.js';
import type { Site } from '../site.js';

/** What happens to an element, in TypeScript and as C with the element in `value`. */
export interface ElementFormula extends Formula {
  readonly evaluate: (value: number) => number;
}

/** What sets one function of a single element apart from the others. */
export interface ActivationFunction<K extends OpName> extends Omit<Pointwise<K>, 'formula'> {
  /** How the site is computed element by element; null where its results are looked up in a table. */
  readonly formula: (site: Site<K>) => ElementFormula | null;
  /** The result for each integer of an input of 8 bits; null where there is no such table. */
  readonly table: (site: Site<K>) => ((value: number) => number) | null;
}

/** A table that arithmetic could do without has to serve at least as many elements as it has bytes. */
const LEAST_ELEMENTS = 256;

/** An operator of one element: the reference, and kernels that compute it or look it up. */
export function activationOperator<K extends OpName>(activation: ActivationFunction<K>): Operator<K> {
  const { formula, table } = activation;
  const operator = pointwiseOperator<K>({ ...activation, formula: (site) => formula(site)! });
  const arithmetic = operator.kernels.map((kernel) => ({
    ...kernel,
    accepts: (site: Site<K>) => formula(site) !== null,
  }));
  return {
    ...operator,
    reference: (site) => (formula(site) === null ? lookup(site, table(site)!) : operator.reference(site)),
    kernels: [...arithmetic, lookupKernel(activation)],
  };
}

/** The results for all integers of a dtype of 8 bits, the least first. */
function tabulate({ dtype }: Tensor, resultOf: (value: number) => number): Int8Array | Uint8Array {
  const { low } = integerLimits(dtype);
  const results = Array.from({ length: 256 }, (_, i) => resultOf(low + i));
  return dtype === 'uint8' ? Uint8Array.from(results) : Int8Array.from(results);
}

function lookup({ inputs }: Site<OpName>, resultOf: (value: number) => number): Evaluate {
  const results = tabulate(inputs[0]!, resultOf);
  const { low } = integerLimits(inputs[0]!.dtype);
  return ([x], [y]) => {
    for (let i = 0; i < x!.length; i++) y![i] = results[x![i]! - low]!;
  };
}

/** 256 bytes in place of the arithmetic. May run in place. */
function lookupKernel<K extends OpName>({ op, summary, formula, table }: ActivationFunction<K>): Kernel<K> {
  const isSmall = (dtype: DType): boolean => dtype === 'int8' || dtype === 'uint8';
  return {
    name: `${op}-lookup`,
    isa: 'portable',
    template: 'operators/activations/kernels/lookup.portable.c.hbs',
    accepts: (site) => {
      const [{ dtype, shape }] = site.inputs as [Tensor];
      const pays = formula(site) === null || elementCount(shape) >= LEAST_ELEMENTS;
      return isSmall(dtype) && pays && table(site) !== null;
    },
    cost: ({ inputs }) => ({ instructions: 4 * elementCount(inputs[0]!.shape), constantBytes: 256 }),
    lower: (site) => {
      const [{ dtype, shape }] = site.inputs as [Tensor];
      const { low } = integerLimits(dtype);
      const values = tabulate(site.inputs[0]!, table(site)!);
      const tables: ConstantTable[] = [
        ...constantTables(site, ['x']),
        { role: 'results', values, comment: `for x = ${low} to ${low + 255}: ${summary}` },
      ];
      return {
        data: {
          formula: summary,
          parameters: parameterText(site, { tables }, { inputs: ['x'], outputs: ['y'] }, true),
          elements: cInt(elementCount(shape)),
          index: low === 0 ? 'x[i]' : `x[i] + ${cInt(-low)}`,
        },
        tables,
        scratch: [],
        supports: [],
      };
    },
  };
}

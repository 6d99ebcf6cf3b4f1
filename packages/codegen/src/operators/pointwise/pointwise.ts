import { type DType, DTYPE_BYTES, elementCount, type NodeOf, type OpName, type Shape, type Tensor } from '@kiln/ir';
import type { SupportName } from '../../arithmetic/support.js';
import { C_TYPE } from '../../emit/c-types.js';
import { type ConstantTable, type Kernel, tableBytes } from '../kernel.js';
import { broadcastOperand, collapseNest, forEachTurn, MOST_LOOPS, type Nest, nestText, wholeTensor } from '../nest.js';
import {
  type Evaluate,
  type MemoryUse,
  type Operator,
  type OutputOverInput,
  type Quantizer,
  SEPARATE,
} from '../operator.js';
import { constantTables, parameterText } from '../signature.js';
import type { Site } from '../site.js';
import { broadcastShapes } from './broadcast-shapes.js';

/** What happens to one element of each operand: in TypeScript, and as C with the operands in variables of these names. */
export interface Formula {
  /** Of int64 operands the values are bigints. Operands behind the third come as they are. */
  readonly evaluate: (a: number, b: number, c: number, ...others: number[]) => number | boolean;
  /** Statements before the result, each without its indent. */
  readonly lines?: readonly string[];
  /** An expression of the output's type. */
  readonly result: string;
  readonly supports?: readonly SupportName[];
  /** What the C looks up, by the names that it has there. */
  readonly tables?: readonly ConstantTable[];
}

/** What sets one operator that works element by element apart from the others. */
export interface Pointwise<K extends OpName> {
  readonly op: K;
  readonly summary: string;
  readonly dtypes: readonly DType[];
  readonly exactness?: string;
  /** Operators of any number of operands are given their elements as C text, in place of variables. */
  readonly formula: (site: Site<K>, elements: readonly string[]) => Formula;
  readonly anyNumber?: boolean;
  readonly problems: (site: Site<K>) => readonly string[];
  readonly quantizer: Quantizer<K>['output'];
  /** Instructions for one element, about. */
  readonly instructions?: number;
}

/** Names of the operands' variables in the C. */
const VARIABLES = { 1: ['value'], 2: ['a', 'b'], 3: ['condition', 'a', 'b'] } as const;

function variablesOf({ inputs }: Pick<Site<OpName>, 'inputs'>): readonly string[] {
  return VARIABLES[inputs.length as 1 | 2 | 3];
}

/** An operator that is told by its formula: reference, C, shapes and memory follow from it. Shapes broadcast. */
export function pointwiseOperator<K extends OpName>(pointwise: Pointwise<K>): Operator<K> {
  return {
    op: pointwise.op,
    summary: pointwise.summary,
    dtypes: pointwise.dtypes,
    exactness: pointwise.exactness ?? 'exact',
    memory: memoryOf,
    inferShapes: (node: NodeOf<K>, inputs: readonly Tensor[]): readonly Shape[] => [broadcastShapes(node, inputs)],
    problems: (site) => {
      const found = pointwise.problems(site);
      const most = collapseNest(nestOf(site)).sizes.length;
      return most > MOST_LOOPS ? [...found, `found ${most} nested loops, expected at most ${MOST_LOOPS}`] : found;
    },
    reference: (site) => evaluation(site, pointwise.formula(site, [])),
    quantizer: { output: pointwise.quantizer, constants: () => [] },
    macs: () => 0,
    kernels: [pointwiseKernel(pointwise)],
  };
}

/** The result may lie on an operand of its own type and shape: each element is read before it is written. */
function memoryOf({ inputs, outputs }: Site<OpName>): MemoryUse {
  const y = outputs[0]!;
  const pairs = inputs.flatMap(({ dtype, shape, data }, i): OutputOverInput[] =>
    data === null && C_TYPE[dtype] === C_TYPE[y.dtype] && shape.join() === y.shape.join() ? [[0, i]] : [],
  );
  return pairs.length === 0 ? SEPARATE : { kind: 'over', pairs };
}

/** Operand 0 is the output. */
function nestOf({ inputs, outputs }: Pick<Site<OpName>, 'inputs' | 'outputs'>): Nest {
  const { shape } = outputs[0]!;
  return {
    sizes: shape,
    operands: [wholeTensor(shape), ...inputs.map((tensor) => broadcastOperand(tensor.shape, shape))],
  };
}

function evaluation<K extends OpName>(site: Site<K>, { evaluate }: Formula): Evaluate {
  const nest = collapseNest(nestOf(site));
  return ([a, b = a, c = a, ...others], [y]) => {
    forEachTurn(nest, (at) => {
      const rest = others.map((values, i) => values[at[i + 4]!]!);
      const value = evaluate(a![at[1]!]!, b![at[2] ?? at[1]!]!, c![at[3] ?? at[1]!]!, ...rest);
      y![at[0]!] = typeof value === 'boolean' ? Number(value) : value;
    });
  };
}

/** A kernel that is told by its formula. */
export function pointwiseKernel<K extends OpName>(pointwise: Pointwise<K>): Kernel<K> {
  const { op, formula, summary, instructions = 8, anyNumber = false } = pointwise;
  const namesOf = ({ inputs }: Site<K>) => ({
    inputs: inputs.length === 1 ? ['x'] : inputs.map((_, i) => `x${i}`),
    outputs: ['y'],
  });
  return {
    name: `${op}-pointwise`,
    isa: 'portable',
    template: 'operators/pointwise/kernels/pointwise.portable.c.hbs',
    accepts: () => true,
    cost: (site) => ({
      instructions: instructions * elementCount(site.outputs[0]!.shape),
      constantBytes: tableBytes([...constantTables(site, namesOf(site).inputs), ...(formula(site, []).tables ?? [])]),
    }),
    lower: (site) => {
      const names = namesOf(site);
      const { indices, ...loops } = nestText(nestOf(site));
      const elements = site.inputs.map((_, i) => `${names.inputs[i]}[${indices[i + 1]}]`);
      const { lines = [], result, supports = [], tables: lookedUp = [] } = formula(site, elements);
      const tables = [...constantTables(site, names.inputs), ...lookedUp];
      const variables = anyNumber ? [] : variablesOf(site);
      return {
        data: {
          ...loops,
          formula: summary,
          parameters: parameterText(site, { tables }, names, memoryOf(site).kind === 'over'),
          operands: variables.map((name, i) => ({
            type: widened(site.inputs[i]!.dtype),
            name,
            element: elements[i]!,
          })),
          lines: [...lines],
          target: `y[${indices[0]}]`,
          result,
        },
        tables,
        scratch: [],
        supports,
      };
    },
  };
}

/** Small integers are computed with as int32. */
function widened(dtype: DType): string {
  return DTYPE_BYTES[dtype] < 4 ? 'int32_t' : C_TYPE[dtype];
}

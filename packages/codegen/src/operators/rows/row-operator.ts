import { type DType, elementCount, type NumberData, type OpName } from '@kiln/ir';
import type { SupportName } from '../../arithmetic/support.js';
import { cInt } from '../../emit/c-literal.js';
import { C_TYPE } from '../../emit/c-types.js';
import type { Kernel } from '../kernel.js';
import { IN_PLACE, type MemoryUse, type Operator, type Quantizer, SEPARATE } from '../operator.js';
import { constantTables, parameterText } from '../signature.js';
import type { Site } from '../site.js';

/** One pass over a row in C: statements, then a loop whose body finds its element at `[row + i]`. */
export interface Sweep {
  readonly before: readonly string[];
  /** The element that the loop begins with: 0 unless given. */
  readonly from?: 0 | 1;
  readonly body: readonly string[];
}

/** What happens to one row: in TypeScript, and as C. */
export interface RowFormula {
  /** Reads the row of x that begins at `row` and writes that of y. */
  readonly evaluate: (x: NumberData, y: NumberData, row: number) => void;
  readonly sweeps: readonly Sweep[];
  readonly supports: readonly SupportName[];
}

/** What sets one operator that works on rows, those of the last dimension, apart from the others. */
export interface RowOperator<K extends OpName> {
  readonly op: K;
  readonly summary: string;
  readonly dtypes: readonly DType[];
  readonly exactness: string;
  readonly quantizer: Quantizer<K>['output'];
  /** Instructions for one element, about. */
  readonly instructions: number;
  readonly problems: (site: Site<K>) => readonly string[];
  readonly formula: (site: Site<K>) => RowFormula;
}

/** An operator that is told by what it does to a row: reference, C, shapes and memory follow from it. */
export function rowOperator<K extends OpName>(rows: RowOperator<K>): Operator<K> {
  const { op, summary, dtypes, exactness, quantizer, problems, formula } = rows;
  return {
    op,
    summary,
    dtypes,
    exactness,
    memory: memoryOf,
    inferShapes: (_, [x]) => [x!.shape],
    problems: (site) => (site.inputs[0]!.shape.length === 0 ? ['found a scalar, expected rows'] : problems(site)),
    reference: (site) => {
      const depth = depthOf(site);
      const { evaluate } = formula(site);
      return ([x], [y]) => {
        for (let row = 0; row < x!.length; row += depth) evaluate(x!, y!, row);
      };
    },
    quantizer: { output: quantizer, constants: () => [] },
    macs: () => 0,
    kernels: [rowKernel(rows)],
  };
}

/** Elements of a row. */
export function depthOf({ inputs }: Pick<Site<OpName>, 'inputs'>): number {
  return inputs[0]!.shape.at(-1)!;
}

/** Of one type a row is read before it is written, element by element. */
function memoryOf({ inputs, outputs }: Site<OpName>): MemoryUse {
  return inputs[0]!.data === null && C_TYPE[inputs[0]!.dtype] === C_TYPE[outputs[0]!.dtype] ? IN_PLACE : SEPARATE;
}

function rowKernel<K extends OpName>({ op, summary, instructions, formula }: RowOperator<K>): Kernel<K> {
  const names = { inputs: ['x'], outputs: ['y'] };
  return {
    name: `${op}-rows`,
    isa: 'portable',
    template: 'operators/rows/kernels/rows.portable.c.hbs',
    accepts: () => true,
    cost: ({ inputs }) => ({ instructions: instructions * elementCount(inputs[0]!.shape), constantBytes: 0 }),
    lower: (site) => {
      const tables = constantTables(site, names.inputs);
      const { sweeps, supports } = formula(site);
      const inPlace = memoryOf(site).kind === 'over';
      return {
        data: {
          formula: `${summary}${inPlace ? '. y may be x' : ''}.`,
          parameters: parameterText(site, { tables }, names, inPlace),
          elements: cInt(elementCount(site.inputs[0]!.shape)),
          depth: cInt(depthOf(site)),
          sweeps: sweeps.map(({ before, from = 0, body }) => ({
            before: [...before],
            from: cInt(from),
            body: [...body],
          })),
        },
        tables,
        scratch: [],
        supports,
      };
    },
  };
}

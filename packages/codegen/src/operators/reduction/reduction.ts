import { type DType, DTYPE_BYTES, elementCount, type NodeOf, type OpName, type Shape, type Tensor } from '@kiln/ir';
import type { SupportName } from '../../arithmetic/support.js';
import { C_TYPE } from '../../emit/c-types.js';
import type { Kernel } from '../kernel.js';
import { collapseNest, forEachTurn, MOST_LOOPS, type Nest, nestText } from '../nest.js';
import { type Evaluate, type MemoryUse, type Operator, type Quantizer, SEPARATE } from '../operator.js';
import { parameterText } from '../signature.js';
import type { Site } from '../site.js';

/** An accumulator. Of int64 tensors it is a bigint, and so are the values. */
export type Sum = number;

/** Places in the C: where the result goes, and the number of the turn within the reduced dimensions. */
export interface Places {
  readonly target: string;
  readonly turn: string;
}

/** What becomes of the values that are reduced to one: in TypeScript, and as C with each value in `value`. */
export interface ReductionFormula {
  readonly start: Sum;
  readonly step: (sum: Sum, value: number, turn: number) => Sum;
  /** The result, written behind the last turn; or at every turn, from the sum before and behind it. */
  readonly finish: (sum: Sum, before: Sum) => number;
  readonly writes: 'once' | 'every turn';
  readonly startLines: readonly string[];
  readonly stepLines: (places: Places) => readonly string[];
  readonly finishLines: (places: Places) => readonly string[];
  readonly supports?: readonly SupportName[];
}

/** What sets one such operator apart from the others. */
export interface Reduction<K extends OpName> {
  readonly op: K;
  readonly summary: string;
  readonly dtypes: readonly DType[];
  readonly exactness: string;
  readonly quantizer: Quantizer<K>['output'];
  readonly memory?: MemoryUse;
  readonly inferShapes: (node: NodeOf<K>, inputs: readonly Tensor[]) => readonly Shape[];
  readonly nest: (site: Site<K>) => ReductionNest;
  readonly problems: (site: Site<K>) => readonly string[];
  readonly formula: (site: Site<K>) => ReductionFormula;
}

/**
 * The loops: first those over results, then those over what becomes one result. Operands are y, x, and the number of the
 * turn, which only the latter move.
 */
export type ReductionNest = Nest;

/** An operator that makes one value of many. The values are visited in the order of memory. */
export function reductionOperator<K extends OpName>(reduction: Reduction<K>): Operator<K> {
  const { op, summary, dtypes, exactness, inferShapes, memory = SEPARATE } = reduction;
  return {
    op,
    summary,
    dtypes,
    exactness,
    memory: () => memory,
    inferShapes,
    problems: (site) => {
      const { dtype } = site.inputs[0]!;
      if (!dtypes.includes(dtype)) return [`found ${dtype}, expected ${dtypes.join(', ')}`];
      const most = collapseNest(reduction.nest(site)).sizes.length;
      const loops = most > MOST_LOOPS ? [`found ${most} nested loops, expected at most ${MOST_LOOPS}`] : [];
      return [...reduction.problems(site), ...loops];
    },
    reference: (site) => evaluation(reduction.nest(site), reduction.formula(site)),
    quantizer: { output: reduction.quantizer, constants: () => [] },
    macs: () => 0,
    kernels: [reductionKernel(reduction, memory)],
  };
}

/** How many of the collapsed nest's loops are those over results. */
function keptLoops({ operands }: Nest): number {
  const turn = operands[2]!;
  return turn.strides.filter((stride) => stride === 0).length;
}

function evaluation(uncollapsed: Nest, { start, step, finish, writes }: ReductionFormula): Evaluate {
  const nest = collapseNest(uncollapsed);
  const kept = keptLoops(nest);
  const part = (from: number, to: number, offsets: boolean): Nest => ({
    sizes: nest.sizes.slice(from, to),
    operands: nest.operands.map(({ offset, strides }) => ({
      offset: offsets ? offset : 0,
      strides: strides.slice(from, to),
    })),
  });
  const [outer, inner] = [part(0, kept, true), part(kept, nest.sizes.length, false)];
  return ([x], [y]) => {
    forEachTurn(outer, (at) => {
      let sum = start;
      forEachTurn(inner, (within) => {
        const before = sum;
        sum = step(sum, x![at[1]! + within[1]!]!, within[2]!);
        if (writes === 'every turn') y![at[0]! + within[0]!] = finish(sum, before);
      });
      if (writes === 'once') y![at[0]!] = finish(sum, sum);
    });
  };
}

function reductionKernel<K extends OpName>({ op, summary, nest, formula }: Reduction<K>, memory: MemoryUse): Kernel<K> {
  return {
    name: op,
    isa: 'portable',
    template: 'operators/reduction/kernels/reduction.portable.c.hbs',
    accepts: () => true,
    cost: ({ inputs }) => ({ instructions: 6 * elementCount(inputs[0]!.shape), constantBytes: 0 }),
    lower: (site) => {
      const { loops, indices, closings, indent: innerIndent } = nestText(nest(site));
      const kept = keptLoops(collapseNest(nest(site)));
      const { startLines, stepLines, finishLines, supports = [] } = formula(site);
      const places = { target: `y[${indices[0]}]`, turn: indices[2]! };
      const { dtype } = site.inputs[0]!;
      return {
        data: {
          formula: summary,
          parameters: parameterText(site, { tables: [] }, { inputs: ['x'], outputs: ['y'] }, memory.kind === 'over'),
          keptLoops: loops.slice(0, kept),
          reducedLoops: loops.slice(kept),
          reducedClosings: closings.slice(0, loops.length - kept),
          keptClosings: closings.slice(loops.length - kept),
          indent: '    '.repeat(kept + 1),
          innerIndent,
          type: DTYPE_BYTES[dtype] < 4 ? 'int32_t' : C_TYPE[dtype],
          element: indices[1]!,
          startLines: [...startLines],
          stepLines: [...stepLines(places)],
          finishLines: [...finishLines(places)],
        },
        tables: [],
        scratch: [],
        supports,
      };
    },
  };
}

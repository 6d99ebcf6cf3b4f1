import type { NodeOf, OpName, Shape, Tensor } from '@kiln/ir';
import { collapseNest, MOST_LOOPS, type Nest } from '../nest.js';
import type { MemoryUse, Operator } from '../operator.js';
import type { Site } from '../site.js';
import { moveKernel, moveReference, type MovesOf, wholeNest } from './move.js';
import { EVERY_DTYPE, movedTypeProblems } from './moved-types.js';
import { viewOrSeparate } from './view.js';

/** What sets one operator that only moves elements apart from the others. */
interface Moving<K extends OpName> {
  readonly op: K;
  readonly summary: string;
  /** The result in one line, for the comment at the C function. */
  readonly formula: string;
  readonly moves: MovesOf<K>;
  /** A view where the moves allow it, unless this says otherwise. */
  readonly memory?: (site: Site<K>) => MemoryUse;
  inferShapes(node: NodeOf<K>, inputs: readonly Tensor[]): readonly Shape[];
  /** What is wrong beside the types of what is moved. */
  readonly problems?: (site: Site<K>) => readonly string[];
  /** Places of the inputs that are moved into the outputs, if not all. */
  readonly moved?: readonly number[];
  /** Names of the inputs in the C. */
  readonly inputNames?: readonly string[];
}

/** An operator that is told by its moves: reference, C, memory and types follow from them. */
export function movingOperator<K extends OpName>(moving: Moving<K>): Operator<K> {
  const { op, summary, formula, moves, inputNames } = moving;
  return {
    op,
    summary,
    dtypes: EVERY_DTYPE,
    exactness: 'exact',
    memory: moving.memory ?? viewOrSeparate(moves),
    inferShapes: (node, inputs) => moving.inferShapes(node, inputs),
    problems: (site) => {
      const found = [...movedTypeProblems(site, moving.moved), ...(moving.problems?.(site) ?? [])];
      return found.length > 0 ? found : loopProblems(moves(site).map(wholeNest));
    },
    reference: moveReference(moves),
    quantizer: { output: 'as-input', constants: () => [] },
    macs: () => 0,
    kernels: [moveKernel(op, formula, moves, inputNames)],
  };
}

/** Tensors of many dimensions can ask for more loops than there are names for. */
export function loopProblems(nests: readonly Nest[]): string[] {
  const most = Math.max(0, ...nests.map((nest) => collapseNest(nest).sizes.length));
  return most > MOST_LOOPS ? [`found ${most} nested loops, expected at most ${MOST_LOOPS}`] : [];
}

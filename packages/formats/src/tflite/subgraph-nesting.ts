import { CompileError, elementCount, type KilnError, UnsupportedError } from '@kiln/ir';
import { MOST_ACTIVATION_BYTES } from './check-tensor.js';
import type { FileSubgraph } from './file-model.js';
import { calledSubgraphs } from './file-states.js';

/** Graphs within graphs, at most this deep. */
const MOST_DEPTH = 16;
/** Operators that subgraphs add to a model, counted wherever they are run: a small file may not ask for endless C. */
const MOST_OPERATORS = 4000;

interface Extent {
  readonly operators: number;
  readonly bytes: number;
  readonly depth: number;
}

/**
 * Whether the model's subgraphs, each written out wherever it is run, stay within bounds, and whether one runs itself, on
 * whatever way: null if all is well.
 */
export function nestingProblem(subgraphs: readonly FileSubgraph[], where: string): KilnError | null {
  const known = new Map<number, Extent>();
  const open: number[] = [];
  const extentOf = (index: number): Extent => {
    const done = known.get(index);
    if (done !== undefined) return done;
    if (open.includes(index)) {
      const way = [...open.slice(open.indexOf(index)), index].join(' -> ');
      const message = `runs itself (subgraphs ${way}), expected an end`;
      throw new CompileError('E-TFLITE-RECURSION', `${where}, subgraph ${index}`, message, 'Use a loop');
    }
    open.push(index);
    const { operators, tensors } = subgraphs[index]!;
    let [count, bytes, depth] = [operators.length, 0, 0];
    for (const { data, shape } of tensors) if (data === null) bytes += elementCount(shape) * 4;
    for (const called of operators.flatMap(calledSubgraphs).filter((each) => subgraphs[each] !== undefined)) {
      const inner = extentOf(called);
      count += inner.operators;
      bytes += inner.bytes;
      depth = Math.max(depth, inner.depth + 1);
    }
    open.pop();
    const extent = { operators: count, bytes, depth };
    known.set(index, extent);
    return extent;
  };
  try {
    const { operators, bytes, depth } = extentOf(0);
    const added = operators - subgraphs[0]!.operators.length;
    const found = `graphs ${depth} deep with ${added} operators and ${bytes} bytes of tensors`;
    if (depth <= MOST_DEPTH && added <= MOST_OPERATORS && bytes <= MOST_ACTIVATION_BYTES) return null;
    const message = `runs ${found}, expected at most ${MOST_DEPTH}, ${MOST_OPERATORS} and ${MOST_ACTIVATION_BYTES}`;
    return new UnsupportedError('E-TFLITE-NESTING', where, message, 'Convert the model with fewer branches and loops');
  } catch (error) {
    if (error instanceof CompileError) return error;
    throw error;
  }
}

import { type Graph, type TensorId, tensorOf } from '@kiln/ir';
import { SUPPORT_SYMBOLS } from '../arithmetic/support.js';
import { cIdentifier } from './c-identifier.js';
import { LOCAL_NAMES } from './local-names.js';

/** What stands beside the buffers' names in the same functions. */
const TAKEN: ReadonlySet<string> = new Set(['scores', ...SUPPORT_SYMBOLS, ...LOCAL_NAMES]);

/** Whether the network's one output is a score per class, so that `classify` makes sense. */
export function classifies(graph: Graph): boolean {
  if (graph.outputs.length !== 1) return false;
  const closing = graph.nodes.find(({ outputs }) => outputs[0] === graph.outputs[0]);
  return graph.classes !== null || closing?.op === 'softmax';
}

/** What the caller's buffers are called in the C: `scores` for a classifier's output, else after their tensors. */
export function portNames(graph: Graph): ReadonlyMap<TensorId, string> {
  const name = (ids: readonly TensorId[], fallback: string, fixed: string | null): [TensorId, string][] =>
    ids.map((id, i) => {
      const own = cIdentifier(tensorOf(graph, id).name, fallback);
      const base = fixed ?? (TAKEN.has(own) ? `${own}_` : own);
      return [id, ids.length === 1 ? base : `${base.slice(0, 24)}_${i}`];
    });
  return new Map([
    ...name(graph.inputs, 'input', null),
    ...name(graph.outputs, 'output', classifies(graph) ? 'scores' : null),
  ]);
}

import { type Graph, type TensorId, UnsupportedError, tensorOf } from '@kiln/ir';
import { operatorOf, siteOf } from '../operators/index.js';

/** For each tensor the one whose bytes it shares as a view; itself if it is none. */
export type Storage = ReadonlyMap<TensorId, TensorId>;

/**
 * Finds out which tensors are the same bytes under several names. A caller's output cannot be a view of a caller's input
 * or of another output: that would need a copy nobody asked for, and is an `UnsupportedError`.
 */
export function storageOf(graph: Graph): Storage {
  const roots = new Map<TensorId, TensorId>([...graph.tensors.keys()].map((id) => [id, id]));
  for (const node of graph.nodes) {
    if (operatorOf(node).memory(siteOf(graph, node)) !== 'view') continue;
    node.outputs.forEach((id) => roots.set(id, roots.get(node.inputs[0]!)!));
  }
  const taken = new Map(graph.inputs.map((id) => [roots.get(id)!, id]));
  for (const id of graph.outputs) {
    const other = taken.get(roots.get(id)!);
    if (other !== undefined) {
      const message = `is the same memory as '${tensorOf(graph, other).name}', expected a result of its own`;
      const where = `output '${tensorOf(graph, id).name}'`;
      throw new UnsupportedError('E-OUTPUT-ALIAS', where, message, 'Remove it from the outputs');
    }
    taken.set(roots.get(id)!, id);
  }
  return roots;
}

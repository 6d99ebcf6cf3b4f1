import { DTYPE_BYTES, type Graph, type TensorId, tensorOf } from '@kiln/ir';
import { operatorOf, siteOf } from '../operators/index.js';

/** Whose bytes a tensor's are: those of `root`, from `offsetBytes` on. A tensor that is no view is its own root. */
export interface Stored {
  readonly root: TensorId;
  readonly offsetBytes: number;
}

export type Storage = ReadonlyMap<TensorId, Stored>;

/** Finds out which tensors are the same bytes under several names. */
export function storageOf(graph: Graph): Storage {
  const storage = new Map<TensorId, Stored>([...graph.tensors.keys()].map((id) => [id, { root: id, offsetBytes: 0 }]));
  for (const node of graph.nodes) {
    const use = operatorOf(node).memory(siteOf(graph, node));
    if (use.kind !== 'view') continue;
    const { root, offsetBytes } = storage.get(node.inputs[0]!)!;
    node.outputs.forEach((id, i) => {
      const bytes = use.offsets[i]! * DTYPE_BYTES[tensorOf(graph, id).dtype];
      storage.set(id, { root, offsetBytes: offsetBytes + bytes });
    });
  }
  return storage;
}

import type { TensorId } from '@kiln/ir';
import type { LoweredGraph } from './lower-nodes.js';
import type { Place } from './program.js';

/** Every activation's place, the arena's from `base` on; views lie where their storage lies. */
export function placesOf({ graph, plan, storage }: LoweredGraph, base: number): Map<TensorId, Place> {
  const callers = new Map<TensorId, { readonly kind: 'input' | 'output' | 'state'; readonly index: number }>();
  const rootOf = (id: TensorId): TensorId => storage.get(id)!.root;
  graph.inputs.forEach((id, index) => callers.set(rootOf(id), { kind: 'input', index }));
  graph.states.forEach(({ before, after }, index) =>
    [before, after].forEach((id) => callers.set(rootOf(id), { kind: 'state', index })),
  );
  graph.outputs.forEach((id, index) => callers.set(rootOf(id), { kind: 'output', index }));
  const places = new Map<TensorId, Place>();
  for (const id of graph.tensors.keys()) {
    const { root, offsetBytes } = storage.get(id)!;
    const caller = callers.get(root);
    const offset = plan.offsets.get(id);
    if (caller !== undefined) places.set(id, { ...caller, offsetBytes });
    else if (offset !== undefined) places.set(id, { kind: 'arena', offsetBytes: base + offset });
  }
  return places;
}

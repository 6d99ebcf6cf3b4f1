import type { Graph, TensorId } from '@kiln/ir';
import { type IsaName, tableBytes } from '../operators/kernel.js';
import { assignSymbols } from './assign-symbols.js';
import { lowerNodes } from './lower-nodes.js';
import { type MemoryPlan, planMemory } from './plan-memory.js';
import type { Place, Program } from './program.js';
import { selectKernels } from './select-kernels.js';
import { type Storage, storageOf } from './storage.js';

/** Turns a graph into a program: chooses kernels, plans memory, names everything. The node order stays. */
export function lower(graph: Graph, prefix: string, isa: IsaName): Program {
  const lowered = lowerNodes(graph, selectKernels(graph, isa));
  const storage = storageOf(graph);
  const scratch = new Map(lowered.map(({ node, lowered: { scratch } }) => [node.id, scratch]));
  const plan = planMemory(graph, storage, scratch);
  const { steps, functions } = assignSymbols(graph, lowered, plan, prefix);
  return {
    prefix,
    graph,
    isa,
    steps,
    functions,
    places: placesOf(graph, plan, storage),
    plan,
    macs: steps.reduce((sum, { macs }) => sum + macs, 0),
    constantBytes: steps.reduce((sum, { tables }) => sum + tableBytes(tables), 0),
  };
}

/** Every activation's place; views lie where their storage lies. */
function placesOf(graph: Graph, plan: MemoryPlan, storage: Storage): Map<TensorId, Place> {
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
    else if (offset !== undefined) places.set(id, { kind: 'arena', offsetBytes: offset });
  }
  return places;
}

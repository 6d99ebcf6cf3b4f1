import type { Graph, TensorId } from '@kiln/ir';
import { type IsaName, tableBytes } from '../operators/kernel.js';
import { assignSymbols } from './assign-symbols.js';
import { type MemoryPlan, planMemory } from './plan-memory.js';
import type { Place, Program } from './program.js';
import { selectKernels } from './select-kernels.js';
import { type Storage, storageOf } from './storage.js';

/** Turns a graph into a program: chooses kernels, plans memory, names everything. The node order stays. */
export function lower(graph: Graph, prefix: string, isa: IsaName): Program {
  const choice = selectKernels(graph, isa);
  const storage = storageOf(graph);
  const plan = planMemory(graph, storage);
  const { steps, functions } = assignSymbols(graph, choice, prefix);
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
  const roots = new Map<TensorId, Place>();
  graph.inputs.forEach((id, index) => roots.set(storage.get(id)!, { kind: 'input', index }));
  graph.outputs.forEach((id, index) => roots.set(storage.get(id)!, { kind: 'output', index }));
  const places = new Map<TensorId, Place>();
  for (const id of graph.tensors.keys()) {
    const offset = plan.offsets.get(id);
    const place =
      roots.get(storage.get(id)!) ?? (offset === undefined ? undefined : { kind: 'arena' as const, offset });
    if (place !== undefined) places.set(id, place);
  }
  return places;
}

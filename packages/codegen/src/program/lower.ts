import type { IsaName, Graph } from '@kiln/ir';
import { tableBytes } from '../operators/kernel.js';
import { assignSymbols } from './assign-symbols.js';
import { lowerGraph } from './lower-nodes.js';
import type { IoMemory } from './plan-memory.js';
import { allTables, type Program } from './program.js';

/** Turns a graph into a program: chooses kernels, plans memory, names everything. The node order stays. */
export function lower(graph: Graph, prefix: string, isa: IsaName, io: IoMemory = 'caller'): Program {
  const lowered = lowerGraph(graph, isa, io);
  const { routine, functions } = assignSymbols(lowered, prefix);
  return {
    ...routine,
    prefix,
    isa,
    io,
    functions,
    plan: lowered.plan,
    macs: routine.steps.reduce((sum, { macs }) => sum + macs, 0),
    constantBytes: tableBytes(allTables(routine)),
  };
}

import type { IsaName, Graph } from '@kiln/ir';
import { tableBytes } from '../operators/kernel.js';
import { assignSymbols } from './assign-symbols.js';
import { lowerGraph } from './lower-nodes.js';
import { allTables, type Program } from './program.js';

/** Turns a graph into a program: chooses kernels, plans memory, names everything. The node order stays. */
export function lower(graph: Graph, prefix: string, isa: IsaName): Program {
  const lowered = lowerGraph(graph, isa);
  const { routine, functions } = assignSymbols(lowered, prefix);
  return {
    ...routine,
    prefix,
    isa,
    functions,
    plan: lowered.plan,
    macs: routine.steps.reduce((sum, { macs }) => sum + macs, 0),
    constantBytes: tableBytes(allTables(routine)),
  };
}

import type { Graph, IsaName } from '@kiln/ir';
import { tableBytes } from '../operators/kernel.js';
import { assignSymbols } from './assign-symbols.js';
import { type LoweredGraph, lowerGraph } from './lower-nodes.js';
import type { IoMemory } from './plan-memory.js';
import { allTables, type Program } from './program.js';
import { balanced, preferring, selectKernels } from './select-kernels.js';
import { chooseWithin, type Goal, type Limits, type TradeOff } from './trade-offs.js';

/** How kernels are chosen. */
export interface KernelWishes {
  /** Whose kernels may be chosen, beside the portable ones. Default: none. */
  readonly isa?: IsaName | undefined;
  /** `arena`: the arena has places for inputs and outputs, which callers may use. Default: they bring buffers of their own. */
  readonly io?: IoMemory | undefined;
  /** Default: balanced, or what the limits ask for. */
  readonly goal?: Goal | undefined;
  readonly limits?: Limits | undefined;
  /** Names of kernels: the first that fits a node is taken, whatever it costs. */
  readonly kernels?: readonly string[] | undefined;
}

/** Turns a graph into a program: chooses kernels, plans memory, names everything. The node order stays. */
export function lower(graph: Graph, prefix: string, wishes: KernelWishes = {}): Program {
  const { isa = 'portable', io = 'caller' } = wishes;
  const { lowered, front, taken } = lowerAsWished(graph, isa, io, wishes);
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
    front,
    taken,
  };
}

function lowerAsWished(
  graph: Graph,
  isa: IsaName,
  io: IoMemory,
  { goal, limits = {}, kernels = [] }: KernelWishes,
): { readonly lowered: LoweredGraph; readonly front: readonly TradeOff[]; readonly taken: TradeOff | null } {
  const isLimited = Object.values(limits).some((limit) => limit !== undefined);
  if (isLimited || (goal !== undefined && goal !== 'balanced')) return chooseWithin(graph, isa, io, goal, limits);
  const rule = preferring(kernels, balanced);
  return { lowered: lowerGraph(graph, io, (each) => selectKernels(each, isa, rule)), front: [], taken: null };
}

import type { Graph, IsaName, Node, OpName, TensorId } from '@kiln/ir';
import type { ConstantTable, Kernel, LoweredKernel } from '../operators/kernel.js';
import type { IoMemory, MemoryPlan } from './plan-memory.js';
import type { TradeOff } from './trade-offs.js';

/** Where a tensor's bytes are at run time: the caller's buffer of that index, or the arena, and how far in. */
export type Place =
  | { readonly kind: 'input' | 'output' | 'state'; readonly index: number; readonly offsetBytes: number }
  | { readonly kind: 'arena'; readonly offsetBytes: number };

/** A constant table under its name in the C. */
export interface NamedTable extends ConstantTable {
  readonly symbol: string;
}

/** One C function. Steps whose template and data are equal share it. */
export interface KernelFunction {
  readonly symbol: string;
  readonly kernel: Kernel<OpName>;
  readonly lowered: LoweredKernel;
  /** Names of the nodes that call it, in order. */
  readonly nodes: readonly string[];
  /** The graphs that it runs; none of most functions. Nobody else then shares it. */
  readonly routines: readonly Subroutine[];
}

/** One call at run time. Views have none. */
export interface Step {
  readonly node: Node;
  readonly function: KernelFunction;
  readonly tables: readonly NamedTable[];
  /** Offsets in the arena, in bytes, of the memory that the kernel asked for. */
  readonly scratchOffsets: readonly number[];
  readonly macs: number;
}

/** A graph that was lowered: which functions are called in which order on which memory. */
export interface Routine {
  readonly graph: Graph;
  readonly steps: readonly Step[];
  readonly places: ReadonlyMap<TensorId, Place>;
}

/** A graph within a node: its calls stand in the node's function, which calls its inputs, outputs and states by these names. */
export interface Subroutine extends Routine {
  readonly role: string;
  readonly names: ReadonlyMap<TensorId, string>;
}

/** The routine of the whole graph, and what all routines share. */
export interface Program extends Routine {
  readonly prefix: string;
  readonly isa: IsaName;
  readonly io: IoMemory;
  /** Each before those that call it. */
  readonly functions: readonly KernelFunction[];
  readonly plan: MemoryPlan;
  readonly macs: number;
  readonly constantBytes: number;
  /** Choices of kernels that were weighed, the fastest first; none where nothing was asked for. */
  readonly front: readonly TradeOff[];
  /** What the choice of kernels takes; null where nothing was asked for. */
  readonly taken: TradeOff | null;
}

/** The calls of the routine, and those within them, in order. */
export function allSteps({ steps }: Routine): readonly Step[] {
  return steps.flatMap((step) => [...step.function.routines.flatMap(allSteps), step]);
}

/** Every table, once, though several calls may read it. */
export function allTables(routine: Routine): readonly NamedTable[] {
  return [...new Set(allSteps(routine).flatMap(({ tables }) => tables))];
}

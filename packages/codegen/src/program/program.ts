import type { Graph, Node, OpName, TensorId } from '@kiln/ir';
import type { ConstantTable, IsaName, Kernel, LoweredKernel } from '../operators/kernel.js';
import type { MemoryPlan } from './plan-memory.js';

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
export interface Program {
  readonly prefix: string;
  readonly graph: Graph;
  readonly isa: IsaName;
  readonly steps: readonly Step[];
  readonly functions: readonly KernelFunction[];
  readonly places: ReadonlyMap<TensorId, Place>;
  readonly plan: MemoryPlan;
  readonly macs: number;
  readonly constantBytes: number;
}

import type { DType, Graph, IsaName, OpName, Tensor, TensorData, TensorId } from '@kiln/ir';
import type { SupportName } from '../arithmetic/support.js';
import type { TemplateData } from '../emit/render.js';
import type { Site } from './site.js';

/** What a kernel costs at one site. Estimates that choose between kernels, not promises. */
export interface KernelCost {
  readonly instructions: number;
  readonly constantBytes: number;
}

/** Constant data in the layout that the kernel reads. */
export interface ConstantTable {
  /** Name of the parameter in the kernel's signature, and the ending of the table's name. */
  readonly role: string;
  readonly values: TensorData;
  /** Layout and unit, for the comment at its definition. */
  readonly comment: string;
  /** Whether kernels read it that take it for an activation: it must then be addressed like one. */
  readonly isOperand?: boolean;
}

/** A stretch of the arena that belongs to one call. */
export interface Scratch {
  readonly dtype: DType;
  readonly elements: number;
}

/**
 * How far what a kernel writes may lie over an input that nobody reads later: so many bytes behind the input's first byte at
 * most, and by a multiple of `step`, if they overlap at all. It follows from the order in which the kernel reads and writes;
 * the test `overlaps` replays that order.
 */
export interface Overlap {
  readonly writer: 'output' | 'scratch';
  readonly index: number;
  /** Which of the node's inputs. */
  readonly over: number;
  /** Often negative; Infinity where all is read before anything is written. */
  readonly most: number;
  /** 1: any; Infinity: on the first byte or not at all. */
  readonly step: number;
}

/** A graph whose calls stand within the kernel's own text. What it needs of the arena is planned with the node's graph. */
export interface Subgraph {
  /** Name of the list of its calls in the template. */
  readonly role: string;
  readonly graph: Graph;
  /** What its inputs, outputs and states are called in the kernel's text. */
  readonly names: ReadonlyMap<TensorId, string>;
}

/** A function or a type that kernels share, beside the arithmetic of `SUPPORTS`. */
export interface SharedPart {
  /** Its name, which tells parts apart: equal names mean equal texts. */
  readonly symbol: string;
  /** Path of the template below `src/`; it also sees `symbol`, `prefix` and `PREFIX`. */
  readonly template: string;
  readonly data: TemplateData;
}

/** A site turned into C: the text's parameters, and the tables it reads. */
export interface LoweredKernel {
  /** Sees only text and booleans; nodes of equal template and data share one function. */
  readonly data: TemplateData;
  /** Passed after the inputs that are no constants and before the outputs, in this order. */
  readonly tables: readonly ConstantTable[];
  /** Memory that the function needs while it runs, passed last in this order. */
  readonly scratch: readonly Scratch[];
  readonly supports: readonly SupportName[];
  /** Default: the operator's pairs, exactly. Those named here must not be `restrict`. */
  readonly overlaps?: readonly Overlap[];
  /** In the order in which C needs them. */
  readonly parts?: readonly SharedPart[];
  /** Graphs that the kernel runs, one at a time: it is passed the arena in place of scratch memory. */
  readonly subgraphs?: readonly Subgraph[];
}

/** One way to compute an operator in C. The template stands beside it, under the same name. */
export interface Kernel<K extends OpName> {
  readonly name: string;
  readonly isa: IsaName;
  /** Path of the template below `src/`. */
  readonly template: string;
  accepts(site: Site<K>): boolean;
  cost(site: Site<K>): KernelCost;
  lower(site: Site<K>): LoweredKernel;
}

/** Whether the site's first input has this dtype: most kernels ask no more. */
export function reads(dtype: Tensor['dtype']): (site: { readonly inputs: readonly Tensor[] }) => boolean {
  return ({ inputs }) => inputs[0]?.dtype === dtype;
}

/** Whether the site's first input is quantized: kernels of integers take each of their sizes. */
export function readsInteger({ inputs }: { readonly inputs: readonly Tensor[] }): boolean {
  return inputs[0]?.dtype !== 'float32';
}

/** Bytes of all tables. */
export function tableBytes(tables: readonly ConstantTable[]): number {
  return tables.reduce((sum, { values }) => sum + values.byteLength, 0);
}

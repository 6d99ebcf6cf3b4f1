import type { DType, NodeOf, NumberData, OpName, QuantizationParams, Shape, Tensor } from '@kiln/ir';
import type { Kernel } from './kernel.js';
import type { Site } from './site.js';
import type { TurnBudget } from './turn-budget.js';

/**
 * Computes a node: reads the values of its inputs in order, writes those of its outputs. Tensors of int64 come as the
 * BigInt64Array they are: operators that carry them move them without a look, or look with `as unknown as`.
 */
export type Evaluate = (inputs: readonly NumberData[], outputs: readonly NumberData[]) => void;

/** An output and an input, by their places in the node's lists. */
export type OutputOverInput = readonly [output: number, input: number];

/**
 * Where the outputs' memory may lie.
 *
 * - `view`: output i is the first input's memory from element `offsets[i]` on; no code.
 * - `over`: an output may lie exactly on an input of the same or greater size that nobody else reads, for one of the pairs.
 *   The C must then work whether it does or not: no `restrict` between the two.
 * - `separate`: outputs and inputs overlap nowhere.
 */
export type MemoryUse =
  | { readonly kind: 'view'; readonly offsets: readonly number[] }
  | { readonly kind: 'over'; readonly pairs: readonly OutputOverInput[] }
  | { readonly kind: 'separate' };

/** The whole first input under another name. */
export const VIEW: MemoryUse = { kind: 'view', offsets: [0] };
export const SEPARATE: MemoryUse = { kind: 'separate' };
/** The first output may overwrite the first input. */
export const IN_PLACE: MemoryUse = { kind: 'over', pairs: [[0, 0]] };

/** The integers that post-training quantization makes of activations. */
export type ActivationType = 'int8' | 'int16';

/** What quantization an output has by the operator's specification, for each integer type that it comes in. */
export type FixedQuantization = Readonly<Record<ActivationType, QuantizationParams>>;

/**
 * How post-training quantization treats the operator.
 *
 * The output's scale is calibrated; or the first input's (`as-input`: all float inputs are brought to one scale first where
 * there are several); or fixed. `float32` stays as it is, and so does an operator whose `dtypes` lack the integers that are
 * made: what it reads is dequantized before, what it writes quantized behind, where its neighbours are integers.
 */
export interface Quantizer<K extends OpName> {
  readonly output: 'calibrated' | 'as-input' | 'float32' | FixedQuantization;
  /**
   * The last inputs, which are constants, as integers for inputs and an output quantized as the site says. Constants that
   * are not returned are quantized by their own range, one scale each.
   */
  constants(site: Site<K>): readonly Tensor[];
}

/** Everything Kiln knows of one operator. */
export interface Operator<K extends OpName> {
  readonly op: K;
  /** The maths in one line, for comments and docs. */
  readonly summary: string;
  /** dtypes of the deciding input (the first, unless `summary` says otherwise) that evaluation and a kernel cover. */
  readonly dtypes: readonly DType[];
  /** How closely the float32 form follows TensorFlow; integers are always exact. */
  readonly exactness: string;
  memory(site: Site<K>): MemoryUse;
  /** The outputs' shapes, in order. Throws `ShapeError` where the inputs do not fit together. */
  inferShapes(node: NodeOf<K>, inputs: readonly Tensor[]): readonly Shape[];
  /**
   * What the operator cannot do with tensors of these types, scales and attributes, each as `found ..., expected ...`; none
   * if all is well. Requires: shapes inferred.
   */
  problems(site: Site<K>): readonly string[];
  /**
   * The specification: prepares the node once and returns its evaluation, bit for bit what all C must equal. Loops draw their
   * turns from the budget.
   */
  reference(site: Site<K>, budget?: TurnBudget): Evaluate;
  readonly quantizer: Quantizer<K>;
  /** Multiply-accumulates of one inference. */
  macs(site: Site<K>): number;
  readonly kernels: readonly Kernel<K>[];
}

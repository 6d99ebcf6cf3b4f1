import type { DType, NodeOf, OpName, QuantizationParams, Shape, Tensor, TensorData } from '@kiln/ir';
import type { Kernel } from './kernel.js';
import type { Site } from './site.js';

/** Computes a node: reads the values of its inputs in order, writes those of its outputs. */
export type Evaluate = (inputs: readonly TensorData[], outputs: readonly TensorData[]) => void;

/**
 * Where an output's memory may lie: `view`, the same bytes as the first input, no code; `in-place`, it may overwrite the
 * first input if nobody else reads that; `separate`, it must not overlap any input.
 */
export type MemoryUse = 'view' | 'in-place' | 'separate';

/** How post-training quantization treats the operator. */
export interface Quantizer<K extends OpName> {
  /** The output's scale: from the calibrated range, the same as the first input's, or fixed. */
  readonly output: 'calibrated' | 'as-input' | QuantizationParams;
  /** The constant inputs, in order, for an input and output quantized as the site says. Float32 stays if it is returned. */
  constants(site: Site<K>): readonly Tensor[];
}

/** Everything Kiln knows of one operator. */
export interface Operator<K extends OpName> {
  readonly op: K;
  /** The maths in one line, for comments and docs. */
  readonly summary: string;
  /** dtypes of the first input that `evaluate` and at least one kernel cover. */
  readonly dtypes: readonly DType[];
  /** How closely the float32 form follows TensorFlow; integers are always exact. */
  readonly exactness: string;
  memory(site: Site<K>): MemoryUse;
  /** The output's shape. Throws `ShapeError` where the inputs do not fit together. */
  inferShape(node: NodeOf<K>, inputs: readonly Tensor[]): Shape;
  /** The specification: prepares the node once and returns its evaluation, bit for bit what all C must equal. */
  reference(site: Site<K>): Evaluate;
  readonly quantizer: Quantizer<K>;
  /** Multiply-accumulates of one inference. */
  macs(site: Site<K>): number;
  readonly kernels: readonly Kernel<K>[];
}

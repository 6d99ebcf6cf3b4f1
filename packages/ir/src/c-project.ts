import type { DType } from './graph.js';
import type { QuantizationParams } from './quantization.js';
import type { Shape } from './shape.js';

/** A tensor as the outside of the generated C sees it. */
export interface PortType {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly bytes: number;
  readonly quantization: QuantizationParams | null;
}

/** One observable result inside the generated C: what one node wrote. */
export interface TracePoint extends PortType {
  /** Name of the node, as in the model. */
  readonly node: string;
  readonly op: string;
  /** Which of the node's outputs. */
  readonly output: number;
  /** Offset of the bytes within one inference's trace. */
  readonly offset: number;
}

/**
 * Generated C and what one must know to run it: the contract between the code generator and whatever builds, runs and
 * compares the result.
 *
 * With `<PREFIX>_OBSERVE` defined the C offers `<prefix>_run_observed`, which reports every trace point in order.
 */
export interface CProject {
  readonly prefix: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly inputs: readonly PortType[];
  readonly outputs: readonly (PortType & {
    /** Offset of the output within the trace. */ readonly traceOffset: number;
  })[];
  /** Bytes of what one run leaves to the next; if there are any, the C takes a state that `<prefix>_reset` prepares. */
  readonly stateBytes: number;
  readonly trace: readonly TracePoint[];
  /** Bytes of one inference's inputs, one after another; likewise of its trace. */
  readonly inputBytes: number;
  readonly traceBytes: number;
  readonly arenaBytes: number;
  /** Where inputs and outputs may lie in the arena, in bytes; null if they are the caller's alone. */
  readonly ioPlaces: { readonly inputs: readonly number[]; readonly outputs: readonly number[] } | null;
  readonly constantBytes: number;
  readonly macs: number;
}

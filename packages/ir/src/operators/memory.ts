import type { Activation, None } from './attributes.js';
import type { Graph } from '../graph.js';

/** Operators with a memory of earlier runs, and operators that run other graphs. */
export interface MemoryAttributes {
  /**
   * x [N, n], weightsFeature [f, n], weightsTime [f, t], bias [f / rank], state [N, f * t] -> y [N, f / rank], state'
   *
   * Each filter sees the last t values of its own projection of x. Source: Nakkiran et al. 2015.
   */
  readonly svdf: { readonly rank: number; readonly activation: Activation };
  /**
   * x [T, N, n] (or [N, T, n] unless `timeMajor`), 4 input weights [u, n], 4 recurrent weights [u, u], 4 biases [u] in the
   * order input, forget, cell, output gate, hidden [N, u], cell [N, u] -> y, hidden', cell'
   */
  readonly unidirectionalSequenceLstm: {
    readonly timeMajor: boolean;
    /** Bound of the cell state and of the projection; 0 means none. */
    readonly cellClip: number;
  };
  /** x [1, 1, w, c], state [1, n, w, c] -> state': the last n slots with x behind them; result and state in one. */
  readonly circularBuffer: None;
  /** condition (a bool), arguments -> the results of one of the graphs. */
  readonly if: { readonly then: Graph; readonly else: Graph };
  /** values -> values: the body over and over while the condition, a graph from the values to a bool, holds. */
  readonly while: { readonly condition: Graph; readonly body: Graph };
}

import type { NodeOf, OpName, Tensor } from '@kiln/ir';

/** A node with its tensors looked up: what every part of an operator works on. */
export interface Site<K extends OpName> {
  readonly node: NodeOf<K>;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

import { type Graph, type Node, type NodeId, type Tensor, tensorOf } from '@kiln/ir';

/** Weights and biases of the nodes that sum products, as numbers that may be changed. */
export interface SumParameters {
  readonly weights: Int8Array;
  readonly bias: Float64Array;
}

/** Copies of each node's own, taken when they are first asked for. */
export class ParameterTable {
  private readonly table = new Map<NodeId, SumParameters>();
  private readonly changed = new Set<NodeId>();

  constructor(private readonly graph: Graph) {}

  of(node: Node): SumParameters {
    const known = this.table.get(node.id);
    if (known !== undefined) return known;
    const [weights, bias] = [1, 2].map((i) => tensorOf(this.graph, node.inputs[i]!).data!);
    const parameters = {
      weights: (weights as Int8Array).slice(),
      bias: Float64Array.from(bias as Int32Array, Number),
    };
    this.table.set(node.id, parameters);
    return parameters;
  }

  markChanged(node: Node): void {
    this.changed.add(node.id);
  }

  isChanged(node: Node): boolean {
    return this.changed.has(node.id);
  }
}

/** The bias in the type that it came in. */
export function biasData(values: readonly number[], { dtype }: Tensor): Int32Array | BigInt64Array {
  return dtype === 'int64' ? BigInt64Array.from(values, BigInt) : Int32Array.from(values);
}

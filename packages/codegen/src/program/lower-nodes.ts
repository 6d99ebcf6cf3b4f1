import type { Graph, Node, OpName } from '@kiln/ir';
import { siteOf } from '../operators/index.js';
import type { Kernel, LoweredKernel } from '../operators/kernel.js';
import type { KernelChoice } from './select-kernels.js';

/** A node with the text and tables that its kernel made of it. */
export interface LoweredNode {
  readonly node: Node;
  readonly kernel: Kernel<OpName>;
  readonly lowered: LoweredKernel;
  /** Equal for nodes whose function has the same text. */
  readonly key: string;
}

/** Lowers each node that has a kernel, in order. */
export function lowerNodes(graph: Graph, choice: KernelChoice): LoweredNode[] {
  return graph.nodes.flatMap((node) => {
    const kernel = choice.get(node.id);
    if (kernel === undefined) return [];
    const lowered = kernel.lower(siteOf(graph, node));
    return [{ node, kernel, lowered, key: `${kernel.template} ${JSON.stringify(lowered.data)}` }];
  });
}

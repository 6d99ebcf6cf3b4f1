import {
  type Graph,
  inputTensors,
  type IsaName,
  type Node,
  type NodeId,
  type OpName,
  throwAll,
  UnsupportedError,
} from '@kiln/ir';
import { operatorOf, siteOf } from '../operators/index.js';
import type { Kernel } from '../operators/kernel.js';

export type KernelChoice = ReadonlyMap<NodeId, Kernel<OpName>>;

/**
 * Picks for each node the cheapest kernel, by estimated instructions, among those that accept it on this instruction set
 * (portable ones always may). Ties go to the one listed first. Views need none. Throws all nodes without one together.
 */
export function selectKernels(graph: Graph, isa: IsaName): KernelChoice {
  const choice = new Map<NodeId, Kernel<OpName>>();
  const missing: UnsupportedError[] = [];
  for (const node of graph.nodes) {
    const operator = operatorOf(node);
    const site = siteOf(graph, node);
    if (operator.memory(site).kind === 'view') continue;
    const fitting = operator.kernels.filter(
      (kernel) => (kernel.isa === 'portable' || kernel.isa === isa) && kernel.accepts(site),
    );
    const [first] = fitting;
    if (first === undefined) missing.push(noKernel(graph, node));
    else
      choice.set(
        node.id,
        fitting.reduce((a, b) => (b.cost(site).instructions < a.cost(site).instructions ? b : a), first),
      );
  }
  throwAll(missing);
  return choice;
}

function noKernel(graph: Graph, node: Node): UnsupportedError {
  const types = inputTensors(graph, node)
    .map(({ dtype }) => dtype)
    .join(', ');
  const names = operatorOf(node)
    .kernels.map(({ name }) => name)
    .join(', ');
  const message = `no kernel of ${node.op} takes (${types}); there are: ${names}`;
  return new UnsupportedError('E-KERNEL', `node '${node.name}'`, message, 'Compile with another --quantize');
}

import { type Graph, inputTensors, type IsaName, type Node, type OpName, throwAll, UnsupportedError } from '@kiln/ir';
import { operatorOf, siteOf } from '../operators/index.js';
import type { Kernel, KernelCost } from '../operators/kernel.js';

/** A kernel that serves a node, and what it costs there. */
export interface PricedKernel {
  readonly kernel: Kernel<OpName>;
  readonly cost: KernelCost;
}

/** Picks one of the kernels that serve a node; there is at least one. */
export type KernelRule = (node: Node, fitting: readonly PricedKernel[]) => PricedKernel;

export type KernelChoice = ReadonlyMap<Node, PricedKernel>;

/** Tables may be so many times those of the smallest kernel, and so many bytes more, before fewer instructions are not worth it. */
const WORTH = { times: 1.75, bytes: 256 };

/** For each node that is no view: all kernels of this instruction set and portable ones that accept it. Throws all nodes without one together. */
export function fittingKernels(graph: Graph, isa: IsaName): ReadonlyMap<Node, readonly PricedKernel[]> {
  const fitting = new Map<Node, readonly PricedKernel[]>();
  const missing: UnsupportedError[] = [];
  for (const node of graph.nodes) {
    const operator = operatorOf(node);
    const site = siteOf(graph, node);
    if (operator.memory(site).kind === 'view') continue;
    const kernels = operator.kernels.filter(
      (kernel) => (kernel.isa === 'portable' || kernel.isa === isa) && kernel.accepts(site),
    );
    if (kernels.length === 0) missing.push(noKernel(graph, node));
    else
      fitting.set(
        node,
        kernels.map((kernel) => ({ kernel, cost: kernel.cost(site) })),
      );
  }
  throwAll(missing);
  return fitting;
}

export function selectKernels(graph: Graph, isa: IsaName, rule: KernelRule): KernelChoice {
  return new Map([...fittingKernels(graph, isa)].map(([node, fitting]) => [node, rule(node, fitting)]));
}

/** The fewest estimated instructions; ties go to the one listed first. */
export const fastest: KernelRule = (_, fitting) => least(fitting, ({ instructions }) => instructions);

/** The fewest bytes of tables, then instructions. */
const smallest: KernelRule = (_, fitting) => {
  const bytes = Math.min(...fitting.map(({ cost }) => cost.constantBytes));
  return fastest(
    _,
    fitting.filter(({ cost }) => cost.constantBytes === bytes),
  );
};

/** The fewest instructions that do not take much more flash. */
export const balanced: KernelRule = (node, fitting) => {
  const { constantBytes } = smallest(node, fitting).cost;
  const most = WORTH.times * constantBytes + WORTH.bytes;
  return fastest(
    node,
    fitting.filter(({ cost }) => cost.constantBytes <= most),
  );
};

/** The first of these names that fits, whatever it costs; else as the other rule says. */
export function preferring(names: readonly string[], otherwise: KernelRule): KernelRule {
  return (node, fitting) => {
    const wanted = names.flatMap((name) => fitting.find(({ kernel }) => kernel.name === name) ?? []);
    return wanted[0] ?? otherwise(node, fitting);
  };
}

function least(fitting: readonly PricedKernel[], by: (cost: KernelCost) => number): PricedKernel {
  return fitting.reduce((a, b) => (by(b.cost) < by(a.cost) ? b : a));
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

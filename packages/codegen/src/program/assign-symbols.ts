import { formatShape, type Graph, type Node, type OpName, tensorOf } from '@kiln/ir';
import { CNames } from '../emit/c-identifier.js';
import { LIBRARY_NAMES, LOCAL_NAMES } from '../emit/local-names.js';
import { portNames } from '../emit/port-names.js';
import { operatorOf, siteOf } from '../operators/index.js';
import { SUPPORT_SYMBOLS } from '../arithmetic/support.js';
import type { Kernel, LoweredKernel } from '../operators/kernel.js';
import type { KernelFunction, Step } from './program.js';
import type { KernelChoice } from './select-kernels.js';

/**
 * Lowers each node with its kernel and names what comes out: tables after their node; a function after the node that calls
 * it, or, where nodes of the same text share one, after operator and output shape.
 */
export function assignSymbols(
  graph: Graph,
  choice: KernelChoice,
  prefix: string,
): { steps: Step[]; functions: KernelFunction[] } {
  const names = new CNames();
  for (const name of reservedSymbols(graph, prefix)) names.unique(name, 'reserved');
  const lowered = graph.nodes.flatMap((node) => {
    const kernel = choice.get(node.id);
    return kernel === undefined ? [] : [lowerNode(graph, node, kernel)];
  });
  const groups = new Map<string, LoweredNode[]>();
  for (const item of lowered) groups.set(item.key, [...(groups.get(item.key) ?? []), item]);
  const functions = new Map<string, KernelFunction>();
  for (const [key, group] of groups) {
    const [{ node, kernel, lowered: text }] = group as [LoweredNode];
    const shape = formatShape(tensorOf(graph, node.outputs[0]!).shape);
    const symbol = names.unique(group.length === 1 ? node.name : `${node.op}_${shape}`, node.op);
    functions.set(key, { symbol, kernel, lowered: text, nodes: group.map((member) => member.node.name) });
  }
  const steps = lowered.map(({ node, key, lowered: { tables } }) => ({
    node,
    function: functions.get(key)!,
    tables: tables.map((table) => ({ ...table, symbol: names.unique(`${node.name}_${table.role}`, node.op) })),
    macs: operatorOf(node).macs(siteOf(graph, node)),
  }));
  return { steps, functions: [...functions.values()] };
}

interface LoweredNode {
  readonly node: Node;
  readonly kernel: Kernel<OpName>;
  readonly lowered: LoweredKernel;
  /** Equal for nodes whose function has the same text. */
  readonly key: string;
}

function lowerNode(graph: Graph, node: Node, kernel: Kernel<OpName>): LoweredNode {
  const lowered = kernel.lower(siteOf(graph, node));
  return { node, kernel, lowered, key: `${kernel.template} ${JSON.stringify(lowered.data)}` };
}

/** Names in the C that are not a node's: supports, the interface, and the caller's buffers, which become parameters. */
function reservedSymbols(graph: Graph, prefix: string): string[] {
  const interfaces = [
    'run',
    'run_quantized',
    'run_standardized',
    'run_observed',
    'classify',
    'selftest',
    'arena',
    'observer',
  ];
  return [
    ...SUPPORT_SYMBOLS,
    ...LOCAL_NAMES,
    ...LIBRARY_NAMES,
    ...portNames(graph).values(),
    prefix,
    ...interfaces.map((name) => `${prefix}_${name}`),
  ];
}

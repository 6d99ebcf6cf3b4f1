import { formatShape, type Graph, tensorOf } from '@kiln/ir';
import { CNames } from '../emit/c-identifier.js';
import { LIBRARY_NAMES, LOCAL_NAMES } from '../emit/local-names.js';
import { portNames } from '../emit/port-names.js';
import { operatorOf, siteOf } from '../operators/index.js';
import { SUPPORT_SYMBOLS } from '../arithmetic/support.js';
import type { LoweredNode } from './lower-nodes.js';
import type { MemoryPlan } from './plan-memory.js';
import type { KernelFunction, Step } from './program.js';

/**
 * Names what lowering gave: tables after their node; a function after the node that calls
 * it, or, where nodes of the same text share one, after operator and output shape.
 */
export function assignSymbols(
  graph: Graph,
  lowered: readonly LoweredNode[],
  plan: MemoryPlan,
  prefix: string,
): { steps: Step[]; functions: KernelFunction[] } {
  const names = new CNames();
  for (const name of reservedSymbols(graph, prefix)) names.unique(name, 'reserved');
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
    scratchOffsets: plan.scratch.get(node.id) ?? [],
    macs: operatorOf(node).macs(siteOf(graph, node)),
  }));
  return { steps, functions: [...functions.values()] };
}

/** Names in the C that are not a node's: supports, the interface, and the caller's buffers, which become parameters. */
function reservedSymbols(graph: Graph, prefix: string): string[] {
  const interfaces = [
    'run',
    'run_quantized',
    'run_standardized',
    'run_observed',
    'reset',
    'state',
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

import { formatShape, type Graph, type NodeId, tensorOf } from '@kiln/ir';
import { CNames } from '../emit/c-identifier.js';
import { operatorOf, siteOf } from '../operators/index.js';
import { SUPPORTS } from '../arithmetic/support.js';
import type { KernelFunction, NamedTable, Step } from './program.js';
import type { KernelChoice } from './select-kernels.js';

/**
 * Lowers each node with its kernel and names what comes out: tables after their node, functions after operator and shape.
 * Nodes whose text is the same share one function.
 */
export function assignSymbols(graph: Graph, choice: KernelChoice): { steps: Step[]; functions: KernelFunction[] } {
  const names = new CNames();
  Object.keys(SUPPORTS).forEach((name) => names.unique(name, 'support'));
  const functions = new Map<string, { symbol: string; nodes: string[] } & Omit<KernelFunction, 'nodes'>>();
  const tables = new Map<NodeId, NamedTable[]>();
  const keys = new Map<NodeId, string>();
  for (const node of graph.nodes) {
    const kernel = choice.get(node.id);
    if (kernel === undefined) continue;
    const lowered = kernel.lower(siteOf(graph, node));
    const key = `${kernel.template} ${JSON.stringify(lowered.data)}`;
    const shape = formatShape(tensorOf(graph, node.outputs[0]!).shape);
    const known = functions.get(key) ?? { symbol: names.unique(`${node.op}_${shape}`, node.op), kernel, lowered, nodes: [] };
    known.nodes.push(node.name);
    functions.set(key, known);
    keys.set(node.id, key);
    tables.set(node.id, lowered.tables.map((table) => ({ ...table, symbol: names.unique(`${node.name}_${table.role}`, node.op) })));
  }
  const steps = graph.nodes.flatMap((node) => {
    const key = keys.get(node.id);
    const shared = key === undefined ? undefined : functions.get(key);
    if (shared === undefined) return [];
    const macs = operatorOf(node).macs(siteOf(graph, node));
    return [{ node, function: shared, tables: tables.get(node.id) ?? [], macs }];
  });
  return { steps, functions: [...functions.values()] };
}

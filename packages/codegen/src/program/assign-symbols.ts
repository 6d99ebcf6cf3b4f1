import { formatShape, type Graph, type TensorData, tensorOf } from '@kiln/ir';
import { CNames } from '../emit/c-identifier.js';
import { LIBRARY_NAMES, LOCAL_NAMES } from '../emit/local-names.js';
import { portNames } from '../emit/port-names.js';
import { operatorOf, siteOf } from '../operators/index.js';
import type { ConstantTable } from '../operators/kernel.js';
import { SUPPORT_SYMBOLS } from '../arithmetic/support-symbols.js';
import type { LoweredGraph, LoweredNode } from './lower-nodes.js';
import { placesOf } from './places.js';
import type { KernelFunction, NamedTable, Routine, Step } from './program.js';

/**
 * Names what lowering gave: tables after their node; a function after the node that calls
 * it, or, where nodes of the same text share one, after operator and output shape.
 */
export function assignSymbols(
  root: LoweredGraph,
  prefix: string,
): { readonly routine: Routine; readonly functions: readonly KernelFunction[] } {
  const assigner = new SymbolAssigner(root, prefix);
  const routine = assigner.routineOf(root, 0);
  return { routine, functions: assigner.functionsInOrder() };
}

class SymbolAssigner {
  private readonly names = new CNames();
  /** Nodes whose functions have the same text, by that text; those that are called before those that call them. */
  private readonly groups = new Map<string, LoweredNode[]>();
  private readonly keys = new Map<LoweredNode, string>();
  private readonly symbols = new Map<string, string>();
  private readonly functions = new Map<string, KernelFunction>();
  /** Constants that graphs have in common are one table. */
  private readonly tables = new Map<TensorData, NamedTable>();
  private readonly operands: typeof this.tables = new Map();

  constructor(root: LoweredGraph, prefix: string) {
    const reserved = new Set([...reservedSymbols(root.graph, prefix), ...partSymbols(root)]);
    for (const name of reserved) this.names.unique(name, 'reserved');
    const shapes = new Map<string, string>();
    this.collect(root, shapes);
    for (const [key, group] of this.groups) {
      const [{ node }] = group as [LoweredNode];
      const text = group.length === 1 ? node.name : `${node.op}_${shapes.get(key)}`;
      this.symbols.set(key, this.names.unique(text, node.op));
    }
  }

  /** Groups the nodes of the graph and of those within it. `shapes` is told the first result's shape of each group. */
  private collect({ graph, nodes }: LoweredGraph, shapes: Map<string, string>): void {
    for (const item of nodes) {
      item.subgraphs.forEach((inner) => this.collect(inner, shapes));
      const key = this.keyOf(item);
      const group = this.groups.get(key) ?? [];
      if (group.length === 0) shapes.set(key, formatShape(tensorOf(graph, item.node.outputs[0]!).shape));
      this.groups.set(key, [...group, item]);
    }
  }

  /** Equal for nodes whose function has the same text. A function that runs graphs is its node's own. */
  private keyOf(item: LoweredNode): string {
    const { node, kernel, lowered, subgraphs } = item;
    const text = subgraphs.length > 0 ? `${node.op} ${this.keys.size}` : JSON.stringify(lowered.data);
    const key = this.keys.get(item) ?? `${kernel.template} ${text}`;
    this.keys.set(item, key);
    return key;
  }

  /** The graph's calls, with its arena from `base` on. */
  routineOf(lowered: LoweredGraph, base: number): Routine {
    const { graph, nodes, plan } = lowered;
    const steps = nodes.map((item): Step => {
      const { node } = item;
      const scratchOffsets = (plan.scratch.get(node.id) ?? []).map((offset) => base + offset);
      return {
        node,
        function: this.functionOf(item, scratchOffsets[0] ?? base),
        tables: item.lowered.tables.map((table) => this.tableOf(item, table)),
        scratchOffsets,
        macs: operatorOf(node).macs(siteOf(graph, node)),
      };
    });
    return { graph, steps, places: placesOf(lowered, base) };
  }

  functionsInOrder(): readonly KernelFunction[] {
    return [...this.groups.keys()].map((key) => this.functions.get(key)!);
  }

  private functionOf(item: LoweredNode, base: number): KernelFunction {
    const key = this.keyOf(item);
    const known = this.functions.get(key);
    if (known !== undefined) return known;
    const made: KernelFunction = {
      symbol: this.symbols.get(key)!,
      kernel: item.kernel,
      lowered: item.lowered,
      nodes: this.groups.get(key)!.map(({ node }) => node.name),
      routines: item.subgraphs.map((inner) => ({ ...inner, ...this.routineOf(inner, base) })),
    };
    this.functions.set(key, made);
    return made;
  }

  private tableOf({ node }: LoweredNode, table: ConstantTable): NamedTable {
    const tables = table.isOperand === true ? this.operands : this.tables;
    const known = tables.get(table.values);
    if (known !== undefined) return known;
    const made = { ...table, symbol: this.names.unique(`${node.name}_${table.role}`, node.op) };
    tables.set(table.values, made);
    return made;
  }
}

/** Names of what kernels share, those of graphs within the graph among them. */
function partSymbols({ nodes }: LoweredGraph): string[] {
  return nodes.flatMap(({ lowered, subgraphs }) => [
    ...(lowered.parts ?? []).map(({ symbol }) => symbol),
    ...subgraphs.flatMap(partSymbols),
  ]);
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
    ...[...portNames(graph).values()].map((name) => `${prefix}_place_${name}`),
  ];
}

import { DTYPE_BYTES, type Graph, type Node, type NodeId, type OpName, type TensorId, tensorOf } from '@kiln/ir';
import { operatorOf, siteOf } from '../operators/index.js';
import type { Kernel, LoweredKernel, Overlap, Scratch } from '../operators/kernel.js';
import { byteCount } from './byte-count.js';
import { type IoMemory, type MemoryDemand, type MemoryPlan, planMemory } from './plan-memory.js';
import type { KernelChoice, PricedKernel } from './select-kernels.js';
import { type Storage, storageOf } from './storage.js';

/** A graph with the texts of its nodes and a plan of its memory. */
export interface LoweredGraph {
  readonly graph: Graph;
  readonly nodes: readonly LoweredNode[];
  readonly storage: Storage;
  readonly plan: MemoryPlan;
}

/** A graph that a kernel runs. Its plan counts from where the node's scratch memory will be. */
export interface LoweredSubgraph extends LoweredGraph {
  readonly role: string;
  readonly names: ReadonlyMap<TensorId, string>;
}

/** A node with the text and tables that its kernel made of it. */
export interface LoweredNode {
  readonly node: Node;
  readonly kernel: Kernel<OpName>;
  readonly lowered: LoweredKernel;
  readonly subgraphs: readonly LoweredSubgraph[];
}

/** Texts that were made before, of nodes of the same graphs. */
export type LoweredTexts = Map<PricedKernel, LoweredKernel>;

/**
 * Lowers each node that has a kernel, in order, and the graphs within it; then plans the memory of all of them. `texts` spares
 * the work that an earlier choice for the same graph has in common with this one.
 */
export function lowerGraph(
  graph: Graph,
  io: IoMemory,
  choose: (graph: Graph) => KernelChoice,
  texts: LoweredTexts = new Map<PricedKernel, LoweredKernel>(),
): LoweredGraph {
  const choice = choose(graph);
  const nodes = graph.nodes.flatMap((node): LoweredNode[] => {
    const chosen = choice.get(node);
    if (chosen === undefined) return [];
    const { kernel } = chosen;
    const lowered = texts.get(chosen) ?? kernel.lower(siteOf(graph, node));
    texts.set(chosen, lowered);
    const subgraphs = (lowered.subgraphs ?? []).map(({ graph: inner, role, names }) => ({
      ...lowerGraph(inner, 'caller', choose, texts),
      role,
      names,
    }));
    return [{ node, kernel, lowered, subgraphs }];
  });
  const storage = storageOf(graph);
  const demands = new Map<NodeId, MemoryDemand>(
    nodes.map((lowered) => [
      lowered.node.id,
      { scratch: scratchOf(lowered), overlaps: lowered.lowered.overlaps ?? placesOver(graph, lowered.node) },
    ]),
  );
  return { graph, nodes, storage, plan: planMemory(graph, storage, demands, io) };
}

/** What a kernel asks for; of graphs one stretch for the largest of them, since one runs at a time. */
function scratchOf({ lowered, subgraphs }: LoweredNode): readonly Scratch[] {
  const most = Math.max(0, ...subgraphs.map(({ plan }) => plan.arenaBytes));
  return most === 0 ? lowered.scratch : [{ dtype: 'int32', elements: most / DTYPE_BYTES.int32 }];
}

/** What the operator says of every kernel that does not say more: outputs exactly on inputs that are no smaller. */
function placesOver(graph: Graph, node: Node): readonly Overlap[] {
  const use = operatorOf(node).memory(siteOf(graph, node));
  const bytes = (id: TensorId): number => byteCount(tensorOf(graph, id));
  return (use.kind === 'over' ? use.pairs : []).flatMap(([index, over]): Overlap[] =>
    bytes(node.outputs[index]!) <= bytes(node.inputs[over]!)
      ? [{ writer: 'output', index, over, most: 0, step: Infinity }]
      : [],
  );
}

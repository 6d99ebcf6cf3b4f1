import { DTYPE_BYTES, type Graph, type Node, type NodeId, subgraphsOf, type TensorId, tensorOf } from '@kiln/ir';
import { operatorOf, siteOf } from '../operators/index.js';
import type { Scratch } from '../operators/kernel.js';
import { byteCount } from './byte-count.js';
import { placeBlocks, type PlacedBlock } from './place-blocks.js';
import type { Storage } from './storage.js';

/** A stretch of the arena, and the tensors that live in it one after another. */
export interface ArenaBlock extends PlacedBlock {
  readonly tensors: readonly TensorId[];
  /** The node that works in it, if it is scratch memory. */
  readonly scratchOf: NodeId | null;
}

/** Where each activation lies in the arena, and how good that is. */
export interface MemoryPlan {
  readonly blocks: readonly ArenaBlock[];
  /** Offset of each tensor in the arena, in bytes; tensors that are the caller's or constants are not in it. */
  readonly offsets: ReadonlyMap<TensorId, number>;
  /** Offsets of each node's scratch memory, in the order in which its kernel asks for it. */
  readonly scratch: ReadonlyMap<NodeId, readonly number[]>;
  readonly arenaBytes: number;
  /** No plan for this order of nodes can be smaller: the most bytes that are alive at one step. */
  readonly lowerBoundBytes: number;
}

interface OpenBlock {
  bytes: number;
  first: number;
  last: number;
  readonly tensors: TensorId[];
  readonly scratchOf: NodeId | null;
}

/**
 * Plans the arena by lifetimes. Views share their source's bytes; an output that may lie over an input takes that input's
 * bytes when nobody reads them later. The graph's inputs, outputs and states are the caller's and take no arena.
 */
export function planMemory(
  graph: Graph,
  storage: Storage,
  scratch: ReadonlyMap<NodeId, readonly Scratch[]>,
): MemoryPlan {
  const owners = shareBuffers(graph, storage);
  const blocks = new Map<TensorId, OpenBlock>();
  const scratchBlocks: OpenBlock[] = [];
  const alignment = alignmentOf(graph);
  const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
  const touch = (id: TensorId, step: number): void => {
    const owner = owners.get(storage.get(id)!.root);
    if (owner === undefined) return;
    const block = blocks.get(owner) ?? { bytes: 0, first: step, last: step, tensors: [], scratchOf: null };
    block.bytes = Math.max(block.bytes, align(byteCount(tensorOf(graph, storage.get(id)!.root))));
    block.last = step;
    if (!block.tensors.includes(id)) block.tensors.push(id);
    blocks.set(owner, block);
  };
  graph.nodes.forEach((node, step) => {
    [...node.inputs, ...node.outputs].forEach((id) => touch(id, step));
    for (const { dtype, elements } of scratch.get(node.id) ?? []) {
      const bytes = align(elements * DTYPE_BYTES[dtype]);
      scratchBlocks.push({ bytes, first: step, last: step, tensors: [], scratchOf: node.id });
    }
  });
  const { placed, bytes, lowerBound } = placeBlocks([...blocks.values(), ...scratchBlocks]);
  return {
    blocks: placed,
    offsets: new Map(
      placed.flatMap(({ tensors, offset }) =>
        tensors.map((id) => [id, offset + storage.get(id)!.offsetBytes] as const),
      ),
    ),
    scratch: scratchOffsets(placed, scratchBlocks),
    arenaBytes: bytes,
    lowerBoundBytes: lowerBound,
  };
}

/** Every buffer starts at a multiple of this, so that kernels may load words, and 8 bytes where a graph within has int64. */
function alignmentOf(graph: Graph): number {
  const isWide = [...graph.tensors.values()].some(({ dtype, data }) => dtype === 'int64' && data === null);
  return Math.max(isWide ? 8 : 4, ...graph.nodes.flatMap(subgraphsOf).map(alignmentOf));
}

/** Blocks come back in another order: within a node scratch memory of equal size is interchangeable. */
function scratchOffsets(placed: readonly ArenaBlock[], asked: readonly OpenBlock[]): Map<NodeId, number[]> {
  const free = placed.filter(({ scratchOf }) => scratchOf !== null);
  const offsets = new Map<NodeId, number[]>();
  for (const block of asked) {
    const index = free.findIndex(({ scratchOf, bytes }) => scratchOf === block.scratchOf && bytes === block.bytes);
    const [found] = free.splice(index, 1);
    offsets.set(block.scratchOf!, [...(offsets.get(block.scratchOf!) ?? []), found!.offset]);
  }
  return offsets;
}

/** For each root in the arena, the root whose buffer it lies in: its own, or one that it writes over. */
function shareBuffers(graph: Graph, storage: Storage): Map<TensorId, TensorId> {
  const rootOf = (id: TensorId): TensorId => storage.get(id)!.root;
  const callers = new Set(
    [...graph.inputs, ...graph.outputs, ...graph.states.flatMap(({ before, after }) => [before, after])].map(rootOf),
  );
  const owners = new Map<TensorId, TensorId>();
  graph.nodes.forEach((node, step) => {
    const use = operatorOf(node).memory(siteOf(graph, node));
    if (use.kind === 'view') return;
    const ownerOf = (input: number): TensorId | undefined => owners.get(rootOf(node.inputs[input]!));
    // By buffer: a node may read one tensor twice.
    const taken = new Set<TensorId | undefined>();
    node.outputs.forEach((output, o) => {
      if (callers.has(output)) return;
      const pairs =
        use.kind === 'over' ? use.pairs.filter(([of, input]) => of === o && !taken.has(ownerOf(input))) : [];
      const found = pairs.find(([, input]) => mayOverwrite(graph, node, step, output, node.inputs[input]!));
      const owner = found === undefined ? undefined : ownerOf(found[1]);
      if (owner !== undefined) taken.add(owner);
      owners.set(output, owner ?? output);
    });
  });
  return owners;

  /** Whether nobody reads the input's buffer after this node, under any name, and the output fits on it exactly. */
  function mayOverwrite(graph: Graph, node: Node, step: number, output: TensorId, input: TensorId): boolean {
    const owner = owners.get(rootOf(input));
    if (owner === undefined || storage.get(input)!.offsetBytes !== 0) return false;
    const sharesBuffer = (id: TensorId): boolean => owners.get(rootOf(id)) === owner;
    const readLater = graph.nodes.slice(step + 1).some(({ inputs }) => inputs.some(sharesBuffer));
    const kept = graph.states.some(({ after }) => sharesBuffer(after));
    const readElsewhere = node.inputs.some((id) => sharesBuffer(id) && storage.get(id)!.offsetBytes !== 0);
    const fits = byteCount(tensorOf(graph, output)) <= byteCount(tensorOf(graph, input));
    return !readLater && !kept && !readElsewhere && fits;
  }
}

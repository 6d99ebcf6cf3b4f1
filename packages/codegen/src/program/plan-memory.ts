import { DTYPE_BYTES, type Graph, type NodeId, subgraphsOf, type TensorId, tensorOf } from '@kiln/ir';
import type { Overlap, Scratch } from '../operators/kernel.js';
import { byteCount } from './byte-count.js';
import { nodeOverlays } from './node-overlays.js';
import { placeBlocks, type PlacedBlock } from './place-blocks.js';
import type { Storage } from './storage.js';

/** A stretch of the arena: a tensor with its views, or scratch memory. */
export interface ArenaBlock extends PlacedBlock {
  readonly tensors: readonly TensorId[];
  /** The node that works in it, if it is scratch memory, and its number in what the kernel asks for. */
  readonly scratchOf: NodeId | null;
  readonly scratchIndex: number;
}

/** Where each activation lies in the arena, and how good that is. */
export interface MemoryPlan {
  readonly blocks: readonly ArenaBlock[];
  /** Offset of each tensor in the arena, in bytes; tensors that are the caller's or constants are not in it. */
  readonly offsets: ReadonlyMap<TensorId, number>;
  /** Offsets of each node's scratch memory, in the order in which its kernel asks for it. */
  readonly scratch: ReadonlyMap<NodeId, readonly number[]>;
  readonly arenaBytes: number;
  /** No plan for this order of nodes can be smaller: the most that one step needs by itself. */
  readonly lowerBoundBytes: number;
}

/** Whose memory inputs and outputs lie in: the caller's, or, if the caller likes, places of the arena. */
export type IoMemory = 'caller' | 'arena';

/** What a node's kernel asks of memory. */
export interface MemoryDemand {
  readonly scratch: readonly Scratch[];
  readonly overlaps: readonly Overlap[];
}

export interface OpenBlock {
  readonly bytes: number;
  readonly first: number;
  last: number;
  readonly tensors: TensorId[];
  readonly scratchOf: NodeId | null;
  readonly scratchIndex: number;
}

/**
 * Plans the arena by lifetimes. Views share their source's bytes; what a node writes may lie over an input that nobody
 * reads later as far as its kernel allows. States are the caller's and take no arena; nor do inputs and outputs, unless `io`
 * gives them places: inputs from the first step on, outputs up to the last.
 */
export function planMemory(
  graph: Graph,
  storage: Storage,
  demands: ReadonlyMap<NodeId, MemoryDemand>,
  io: IoMemory,
): MemoryPlan {
  const rootOf = (id: TensorId): TensorId => storage.get(id)!.root;
  const callers = new Set(
    [
      ...(io === 'arena' ? [] : [...graph.inputs, ...graph.outputs]),
      ...graph.states.flatMap(({ before, after }) => [before, after]),
    ].map(rootOf),
  );
  const blocks = new Map<TensorId, OpenBlock>();
  const scratchBlocks: OpenBlock[] = [];
  const alignment = alignmentOf(graph);
  const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
  const touch = (id: TensorId, step: number): void => {
    const root = rootOf(id);
    const whole = tensorOf(graph, root);
    if (callers.has(root) || whole.data !== null) return;
    const bytes = align(byteCount(whole));
    const block = blocks.get(root) ?? { bytes, first: step, last: step, tensors: [], scratchOf: null, scratchIndex: 0 };
    block.last = step;
    if (!block.tensors.includes(id)) block.tensors.push(id);
    blocks.set(root, block);
  };
  graph.inputs.forEach((id) => touch(id, 0));
  graph.nodes.forEach((node, step) => {
    [...node.inputs, ...node.outputs].forEach((id) => touch(id, step));
    (demands.get(node.id)?.scratch ?? []).forEach(({ dtype, elements }, scratchIndex) => {
      const bytes = align(elements * DTYPE_BYTES[dtype]);
      scratchBlocks.push({ bytes, first: step, last: step, tensors: [], scratchOf: node.id, scratchIndex });
    });
  });
  graph.outputs.forEach((id) => touch(id, graph.nodes.length - 1));
  const overlays = graph.nodes.flatMap((node, step) =>
    nodeOverlays(node, step, demands.get(node.id)?.overlaps ?? [], { storage, alignment, blocks, scratchBlocks }),
  );
  const { placed, bytes, lowerBound } = placeBlocks([...blocks.values(), ...scratchBlocks], overlays);
  return {
    blocks: placed,
    offsets: new Map(
      placed.flatMap(({ tensors, offset }) =>
        tensors.map((id) => [id, offset + storage.get(id)!.offsetBytes] as const),
      ),
    ),
    scratch: scratchOffsets(placed),
    arenaBytes: bytes,
    lowerBoundBytes: lowerBound,
  };
}

/** Every buffer starts at a multiple of this, so that kernels may load words, and 8 bytes where a graph within has int64. */
function alignmentOf(graph: Graph): number {
  const isWide = [...graph.tensors.values()].some(({ dtype, data }) => dtype === 'int64' && data === null);
  return Math.max(isWide ? 8 : 4, ...graph.nodes.flatMap(subgraphsOf).map(alignmentOf));
}

function scratchOffsets(placed: readonly ArenaBlock[]): Map<NodeId, number[]> {
  const offsets = new Map<NodeId, number[]>();
  for (const { scratchOf, scratchIndex, offset } of placed) {
    if (scratchOf === null) continue;
    const list = offsets.get(scratchOf) ?? [];
    list[scratchIndex] = offset;
    offsets.set(scratchOf, list);
  }
  return offsets;
}

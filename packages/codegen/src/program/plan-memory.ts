import { DTYPE_BYTES, elementCount, type Graph, type Node, type TensorId, tensorOf } from '@kiln/ir';
import { operatorOf, siteOf } from '../operators/index.js';
import { placeBlocks, type PlacedBlock } from './place-blocks.js';
import type { Storage } from './storage.js';

/** A stretch of the arena, and the tensors that live in it one after another. */
export interface ArenaBlock extends PlacedBlock {
  readonly tensors: readonly TensorId[];
}

/** Where each activation lies in the arena, and how good that is. */
export interface MemoryPlan {
  readonly blocks: readonly ArenaBlock[];
  /** Offset of each tensor in the arena, in bytes; tensors that are the caller's or constants are not in it. */
  readonly offsets: ReadonlyMap<TensorId, number>;
  readonly arenaBytes: number;
  /** No plan for this order of nodes can be smaller: the most bytes that are alive at one step. */
  readonly lowerBoundBytes: number;
}

/** Every buffer starts at a multiple of this, so that kernels may load words. */
const ALIGNMENT_BYTES = 4;

/**
 * Plans the arena by lifetimes. Views share their source's bytes; an operator that may work in place takes its input's
 * bytes over when nobody reads them later. The graph's inputs and outputs are the caller's and take no arena.
 */
export function planMemory(graph: Graph, storage: Storage): MemoryPlan {
  const owners = shareBuffers(graph, storage);
  const blocks = new Map<TensorId, { bytes: number; first: number; last: number; tensors: TensorId[] }>();
  const touch = (id: TensorId, step: number): void => {
    const owner = owners.get(id);
    if (owner === undefined) return;
    const block = blocks.get(owner) ?? { bytes: 0, first: step, last: step, tensors: [] };
    block.bytes = Math.max(block.bytes, align(bytesOf(graph, id)));
    block.last = step;
    if (!block.tensors.includes(id)) block.tensors.push(id);
    blocks.set(owner, block);
  };
  graph.nodes.forEach((node, step) => [...node.inputs, ...node.outputs].forEach((id) => touch(id, step)));
  const { placed, bytes, lowerBound } = placeBlocks([...blocks.values()]);
  const offsets = new Map(placed.flatMap((block) => block.tensors.map((id) => [id, block.offset] as const)));
  return { blocks: placed, offsets, arenaBytes: bytes, lowerBoundBytes: lowerBound };
}

/** For each tensor in the arena, the tensor whose buffer it lies in: its own, or one it shares. */
function shareBuffers(graph: Graph, storage: Storage): Map<TensorId, TensorId> {
  const callers = new Set([...graph.inputs, ...graph.outputs].map((id) => storage.get(id)!));
  const owners = new Map<TensorId, TensorId>();
  graph.nodes.forEach((node, step) => {
    const output = node.outputs[0]!;
    const root = storage.get(output)!;
    if (callers.has(root)) return;
    const source = owners.get(node.inputs[0]!);
    const use = operatorOf(node).memory(siteOf(graph, node));
    if (use === 'view') owners.set(output, owners.get(root)!);
    else if (use === 'in-place' && source !== undefined && mayOverwrite(graph, node, step, owners))
      owners.set(output, source);
    else owners.set(output, output);
  });
  return owners;
}

/** Whether nobody reads the input's buffer after this node, under any name, and the output fits into it. */
function mayOverwrite(graph: Graph, node: Node, step: number, owners: ReadonlyMap<TensorId, TensorId>): boolean {
  const source = node.inputs[0]!;
  const readLater = graph.nodes
    .slice(step + 1)
    .some((later) => later.inputs.some((id) => owners.get(id) === owners.get(source)));
  return !readLater && bytesOf(graph, node.outputs[0]!) <= bytesOf(graph, source);
}

function bytesOf(graph: Graph, id: TensorId): number {
  const tensor = tensorOf(graph, id);
  return elementCount(tensor.shape) * DTYPE_BYTES[tensor.dtype];
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

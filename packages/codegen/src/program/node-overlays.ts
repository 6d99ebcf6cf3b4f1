import type { Node, TensorId } from '@kiln/ir';
import type { Overlap } from '../operators/kernel.js';
import type { Overlay } from './block-relation.js';
import type { OpenBlock } from './plan-memory.js';
import type { Storage } from './storage.js';

interface Blocks {
  readonly storage: Storage;
  /** Offsets are multiples of this. */
  readonly alignment: number;
  readonly blocks: ReadonlyMap<TensorId, OpenBlock>;
  readonly scratchBlocks: readonly OpenBlock[];
}

/**
 * What the node's outputs and scratch memory may overwrite: blocks that are read for the last time here, if the kernel
 * allows it for each of the inputs that lie in them.
 */
export function nodeOverlays(
  node: Node,
  step: number,
  overlaps: readonly Overlap[],
  { storage, alignment, blocks, scratchBlocks }: Blocks,
): Overlay<OpenBlock>[] {
  const written = new Map<string, OpenBlock | undefined>([
    ...node.outputs.map((id, i) => [`output ${i}`, blocks.get(storage.get(id)!.root)] as const),
    ...scratchBlocks
      .filter(({ scratchOf }) => scratchOf === node.id)
      .map((block) => [`scratch ${block.scratchIndex}`, block] as const),
  ]);
  const roots = new Set(node.inputs.map((id) => storage.get(id)!.root));
  return [...written].flatMap(([name, writer]) =>
    [...roots].flatMap((root): Overlay<OpenBlock>[] => {
      const input = blocks.get(root);
      const isLast = input !== undefined && writer !== undefined && input.last === step && writer.first === step;
      if (!isLast) return [];
      const limits = node.inputs.flatMap((id, over) => {
        const { root: of, offsetBytes } = storage.get(id)!;
        const found = overlaps.find((each) => each.over === over && `${each.writer} ${each.index}` === name);
        return of === root ? [{ found, offsetBytes }] : [];
      });
      const limit = bothOf(limits, alignment);
      return limit === null ? [] : [{ input, writer, ...limit }];
    }),
  );
}

/** The limits that hold for all inputs of one block; null if one of them forbids it, or if they ask for different steps. */
function bothOf(
  limits: readonly { readonly found: Overlap | undefined; readonly offsetBytes: number }[],
  alignment: number,
): { most: number; step: number } | null {
  const known = limits.flatMap(({ found, offsetBytes }) =>
    found === undefined || (found.step > 1 && offsetBytes !== 0)
      ? []
      : [{ most: found.most + offsetBytes, step: commonMultiple(found.step, alignment) }],
  );
  const [first] = known;
  if (first === undefined || known.length < limits.length || known.some(({ step }) => step !== first.step)) return null;
  const most = known.reduce((least, each) => Math.min(least, each.most), Infinity);
  const isRound = most === Infinity || first.step === Infinity;
  return { most: isRound ? most : Math.floor(most / first.step) * first.step, step: first.step };
}

function commonMultiple(a: number, b: number): number {
  if (a === Infinity) return Infinity;
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}

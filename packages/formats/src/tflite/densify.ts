import { allocate, elementCount, type TensorData } from '@kiln/ir';
import { DIMENSION_TYPES } from './schema/enums.js';
import type { Table, UnionValue } from './schema/read-table.js';
import { decodeData, DTYPE_OF, fileBytes } from './tensor-data.js';

/** Zeros for each value that is stored, at most: a small file may not ask for much memory. */
const MOST_ZEROS = 256;

/** A compressed dimension: the entries of segment i are indices[segments[i]] to indices[segments[i + 1] - 1]. */
interface Level {
  readonly size: number;
  readonly segments: readonly number[] | null;
  readonly indices: readonly number[] | null;
}

/**
 * The dense form of a sparse constant. Dimensions are walked in traversal order, blocks last; a dense one takes every
 * index, a compressed (CSR) one those that it lists. Null, after `complain`, where the description does not hold.
 *
 * Source: the comments of `SparsityParameters` in the TensorFlow Lite schema; "TACO" format, Kjolstad et al. 2017.
 */
export function densify(
  { traversalOrder, blockMap, dimMetadata }: Table<'SparsityParameters'>,
  shape: readonly number[],
  type: string,
  bytes: Uint8Array,
  complain: (message: string) => void,
): TensorData | null {
  const rank = shape.length;
  const total = rank + blockMap.length;
  const isOrder = new Set(traversalOrder).size === total && traversalOrder.every((d) => d >= 0 && d < total);
  const areBlocks = blockMap.every((d) => d >= 0 && d < rank) && traversalOrder.slice(0, rank).every((d) => d < rank);
  if (traversalOrder.length !== total || dimMetadata.length !== total || !isOrder || !areBlocks) {
    complain(
      `is sparse over ${total} dimensions in the order [${traversalOrder.join(', ')}], expected each of them once`,
    );
    return null;
  }
  const levels = dimMetadata.map(levelOf);
  const blockSizes = blockMap.map((_, b) => levels[rank + b]!.size);
  const itemBytes = fileBytes(type, 1);
  if (type === 'INT4') {
    complain('is sparse in packed 4-bit integers, expected another type');
    return null;
  }
  const stored = decodeData(
    type,
    bytes.subarray(0, bytes.length - (bytes.length % itemBytes)),
    Math.floor(bytes.length / itemBytes),
  );
  const most = MOST_ZEROS * (stored.length + 1024);
  if (elementCount(shape) > most) {
    complain(
      `is sparse with ${stored.length} values for ${elementCount(shape)} places, expected at most ${most} places`,
    );
    return null;
  }
  const dense = allocate(DTYPE_OF[type]!, elementCount(shape));
  let taken = 0;
  let sound = true;
  const index = new Array<number>(total).fill(0);
  const place = (): void => {
    const at = shape.reduce((offset, size, d) => {
      const block = blockMap.indexOf(d);
      const i = block < 0 ? index[d]! : index[d]! * blockSizes[block]! + index[rank + block]!;
      sound &&= i < size;
      return offset * size + i;
    }, 0);
    sound &&= taken < stored.length;
    if (sound) dense[at] = stored[taken] as never;
    taken += 1;
  };
  const walk = (depth: number, position: number): void => {
    if (!sound) return;
    if (depth === total) {
      place();
      return;
    }
    const { size, segments, indices } = levels[depth]!;
    const dimension = traversalOrder[depth]!;
    if (segments === null || indices === null) {
      for (let i = 0; i < size && sound; i++) {
        index[dimension] = i;
        walk(depth + 1, position * size + i);
      }
      return;
    }
    const [from, to] = [segments[position], segments[position + 1]];
    sound &&= from !== undefined && to !== undefined && from >= 0 && to <= indices.length;
    for (let i = from ?? 0; i < (to ?? 0) && sound; i++) {
      sound &&= indices[i]! >= 0;
      index[dimension] = indices[i]!;
      walk(depth + 1, i);
    }
  };
  walk(0, 0);
  if (sound && taken === stored.length) return dense;
  complain(`is sparse, but its ${stored.length} values do not fill the places that its segments name`);
  return null;
}

function levelOf({ format, denseSize, arraySegments, arrayIndices }: Table<'DimensionMetadata'>): Level {
  if (DIMENSION_TYPES[format] === 'DENSE') return { size: Math.max(0, denseSize), segments: null, indices: null };
  return { size: 0, segments: valuesOf(arraySegments), indices: valuesOf(arrayIndices) };
}

function valuesOf(vector: UnionValue | null): readonly number[] {
  const values = vector?.table?.['values'];
  return values instanceof Uint8Array ? [...values] : ((values ?? []) as readonly number[]);
}

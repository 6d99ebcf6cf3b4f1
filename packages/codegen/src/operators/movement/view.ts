import type { OpName } from '@kiln/ir';
import { collapseNest } from '../nest.js';
import { type MemoryUse, SEPARATE } from '../operator.js';
import type { Site } from '../site.js';
import type { Move, MovesOf } from './move.js';

/**
 * A view where every output is one unbroken stretch of the first input, which costs nothing at run time; else memory of its
 * own. Constants have no memory that could be looked at.
 */
export function viewOrSeparate<K extends OpName>(movesOf: MovesOf<K>): (site: Site<K>) => MemoryUse {
  return (site) => {
    if (site.inputs[0]!.data !== null) return SEPARATE;
    const moves = movesOf(site);
    const offsets = site.outputs.map((_, o) => stretchOffset(moves.filter(({ to }) => to === o)));
    return offsets.includes(null) ? SEPARATE : { kind: 'view', offsets: offsets as number[] };
  };
}

/** The element of the first input at which the output begins, null if it is more than one stretch of that input. */
function stretchOffset(moves: readonly Move[]): number | null {
  const [move] = moves;
  if (moves.length !== 1 || move!.from !== 0 || (move!.lookups ?? []).length + (move!.guards ?? []).length > 0)
    return null;
  const {
    sizes,
    operands: [y, x],
  } = collapseNest(move!.nest);
  const unbroken = sizes.length === 0 || (sizes.length === 1 && y!.strides[0] === 1 && x!.strides[0] === 1);
  return unbroken && y!.offset === 0 ? x!.offset : null;
}

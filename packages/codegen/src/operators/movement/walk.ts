import type { NumberData, Shape } from '@kiln/ir';
import { type NestOperand, stridesOf } from '../nest.js';
import type { Lookup, Move } from './move.js';

/** Indices as loops: the index at turn (i, j) is start + i * steps[0] + j * steps[1]. */
interface Walk {
  readonly start: number;
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
}

/** Names of the tables for dimensions of [N, H, W, C] that are walked in no regular steps. */
const IMAGE_ROLES = ['batches', 'rows', 'columns', 'channels'];

/**
 * y[i][j]... = x[lists[0][i]][lists[1][j]]...: for each dimension of x, which of its indices is where in y. Regular lists
 * (steps, repeats, repeated steps) become loops, others a table.
 */
export function listMove(xShape: Shape, lists: readonly (readonly number[])[]): Move {
  const xStrides = stridesOf(xShape);
  const yStrides = stridesOf(lists.map(({ length }) => length));
  const walks = lists.map(walkOf);
  const loops = lists.map((list, d) => walks[d] ?? { start: 0, sizes: [list.length], steps: [0] });
  const sizes = loops.flatMap((walk) => walk.sizes);
  const y = { offset: 0, strides: loops.flatMap((walk, d) => scaled(stridesOf(walk.sizes), yStrides[d]!)) };
  const x = {
    offset: loops.reduce((sum, { start }, d) => sum + start * xStrides[d]!, 0),
    strides: loops.flatMap(({ steps }, d) => scaled(steps, xStrides[d]!)),
  };
  const lookups = lists.flatMap((list, d): Lookup[] => {
    if (walks[d] !== null) return [];
    const before = loops.slice(0, d).reduce((sum, walk) => sum + walk.sizes.length, 0);
    const place: NestOperand = { offset: 0, strides: sizes.map((_, loop) => (loop === before ? 1 : 0)) };
    const role = (lists.length === 4 ? IMAGE_ROLES[d] : undefined) ?? `index${d}`;
    return [{ role, values: smallestTable(list), stride: xStrides[d]!, place }];
  });
  return { to: 0, from: 0, nest: { sizes, operands: [y, x] }, lookups };
}

/** The list as one loop in equal steps, or as two; null if it is neither. */
function walkOf(list: readonly number[]): Walk | null {
  const [start = 0] = list;
  for (let inner = 1; inner <= list.length; inner++) {
    if (list.length % inner !== 0) continue;
    const steps = [(list[inner] ?? start) - start, (inner === 1 ? start : list[1]!) - start];
    if (list.every((value, i) => value === start + Math.floor(i / inner) * steps[0]! + (i % inner) * steps[1]!))
      return { start, sizes: [list.length / inner, inner], steps };
  }
  return null;
}

function scaled(values: readonly number[], factor: number): number[] {
  return values.map((value) => value * factor);
}

/** Indices, which are never negative, in the smallest type that holds them. */
function smallestTable(list: readonly number[]): NumberData {
  const greatest = list.reduce((most, value) => Math.max(most, value), 0);
  return greatest < 256 ? Uint8Array.from(list) : greatest < 32768 ? Int16Array.from(list) : Int32Array.from(list);
}

/** 0, 1, ... size - 1: a dimension that stays as it is. */
export function everyIndex(size: number): number[] {
  return Array.from({ length: size }, (_, i) => i);
}

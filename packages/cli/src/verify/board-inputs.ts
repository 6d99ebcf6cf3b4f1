import type { CProject } from '@kiln/ir';
import type { Comparison } from '@kiln/runtime-c';
import { type EngineName, isBoard } from './engines.js';
import type { VerificationInputs } from './verify-compilation.js';

/** Of the labelled inputs, and of the others: an emulated board takes a hundred times as long as the host. */
const MOST_LABELLED = 40;
const MOST_OTHERS = 40;

/** The inputs that one engine is compared on, with the reference's traces of them. */
export interface InputSelection {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly expected: Uint8Array;
  /** The index among all inputs of each that was taken. */
  readonly indices: readonly number[];
}

/**
 * All inputs; for a board the first of the labelled ones, the edges, and the first of the random ones. A network with a
 * state takes them as one stream, so there a board gets its beginning.
 */
export function selectInputs(
  engine: EngineName,
  { bytes, count, labelled }: VerificationInputs,
  trace: Uint8Array,
  { inputBytes, traceBytes, stateBytes }: CProject,
): InputSelection {
  const all = Array.from({ length: count }, (_, index) => index);
  if (!isBoard(engine)) return { bytes, count, expected: trace, indices: all };
  const some = [...all.slice(0, Math.min(labelled, MOST_LABELLED)), ...all.slice(labelled, labelled + MOST_OTHERS)];
  const indices = stateBytes > 0 ? all.slice(0, MOST_LABELLED + MOST_OTHERS) : some;
  const pick = (from: Uint8Array, size: number): Uint8Array =>
    new Uint8Array(Buffer.concat(indices.map((index) => from.subarray(index * size, (index + 1) * size))));
  return { bytes: pick(bytes, inputBytes), count: indices.length, expected: pick(trace, traceBytes), indices };
}

/** The comparison of a selection, in which the first difference is known by its index among all inputs. */
export function amongAll(comparison: Comparison, { indices }: InputSelection): Comparison {
  const { first } = comparison;
  return first === null ? comparison : { ...comparison, first: { ...first, input: indices[first.input]! } };
}

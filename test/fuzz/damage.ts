import { KilnError } from '@kiln/ir';
import { expect } from 'vitest';
import { seededUnit } from '../conformance/fan-out.js';

/** Damaged files of each format in the default run; `KILN_HOSTILE_COUNT` asks for more. */
export const COUNT = Number(process.env['KILN_HOSTILE_COUNT'] ?? 400);
const SEED = 13;

export type Random = (below: number) => number;

/** Some bytes of a file changed, or its end gone. */
export function damage(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice(0, random(5) === 0 ? random(bytes.length) : bytes.length);
  for (let changes = 1 + random(5); changes > 0 && copy.length > 0; changes--) {
    const at = random(copy.length);
    const way = random(3);
    if (way === 0) copy[at]! ^= 1 << random(8);
    else if (way === 1) copy[at] = random(256);
    else copy.copyWithin(at, random(copy.length), random(copy.length));
  }
  return copy;
}

/** Reads as often as is asked; what is thrown must be an error of the input. Answers how many were refused. */
export function refusals(read: (random: Random, i: number) => void): number {
  const unit = seededUnit(SEED);
  let refused = 0;
  for (let i = 0; i < COUNT; i++) {
    try {
      read((below) => Math.floor(unit() * below), i);
    } catch (error) {
      expect(error, `damage ${i} of seed ${SEED}: ${String((error as Error).stack)}`).toBeInstanceOf(KilnError);
      expect((error as KilnError).exitCode, String(error)).toBe(1);
      refused += 1;
    }
  }
  return refused;
}

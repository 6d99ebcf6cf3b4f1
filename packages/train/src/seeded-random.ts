import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { UsageError } from '@kiln/ir';

/** What each stream of random numbers is for; dropout layers take `dropout`, `dropout + 1` and so on. */
export const RANDOM_STREAM = { augmentation: -1, weights: 0, shuffling: 1, holdOut: 2, dropout: 3 } as const;

const LARGEST_SEED = 2 ** 32 - 1;

/**
 * One of many independent streams of random numbers of one seed: the generator xoroshiro128+, jumped ahead `stream + 1`
 * times, at least 0, by 2^64 numbers, so that what one stream is asked for never changes another.
 *
 * Errors: UsageError unless the seed is an integer of 0 .. 2^32 - 1.
 */
export function randomStream(seed: number, stream: number): RandomGenerator {
  if (!Number.isInteger(seed) || seed < 0 || seed > LARGEST_SEED) {
    throw new UsageError('E-SEED', '--seed', `found ${seed}, expected an integer of 0 .. ${LARGEST_SEED}`, 'Change it');
  }
  const random = xoroshiro128plus(seed);
  for (let jumps = 0; jumps <= stream; jumps++) random.jump();
  return random;
}

/** The numbers 0 .. count - 1 in random order (Fisher and Yates; Durstenfeld 1964). */
export function shuffledIndices(count: number, random: RandomGenerator): Uint32Array {
  const indices = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = uniformInt(random, 0, last);
    const moved = indices[last]!;
    indices[last] = indices[other]!;
    indices[other] = moved;
  }
  return indices;
}

/** Values uniform in [-limit, limit), as float32. */
export function uniformValues(count: number, limit: number, random: RandomGenerator): Float32Array {
  return Float32Array.from({ length: count }, () => (2 * uniformFloat64(random) - 1) * limit);
}

/** A dropout mask: 0 with probability `rate`, else 1 / (1 - rate), so that the expected value stays. */
export function dropoutMask(count: number, rate: number, random: RandomGenerator): Float32Array {
  const threshold = rate * 2 ** 32;
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(count);
  for (let index = 0; index < count; index++) mask[index] = random.next() >>> 0 >= threshold ? kept : 0;
  return mask;
}

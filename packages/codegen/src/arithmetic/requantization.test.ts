import { expect, test } from 'vitest';
import {
  doublingHighMultiply,
  requantizationOf,
  wideScaleProblems,
  requantize,
  roundingDivideByPowerOfTwo,
  saturatingDoublingHighMultiply,
} from './requantization.js';
import { randomInt32 } from '../testing/random-int32.js';

const MIN = -(2 ** 31);
const MAX = 2 ** 31 - 1;

/** gemmlowp's text, in integers of any size. */
function gemmlowpHighMultiply(a: number, b: number): number {
  if (a === MIN && b === MIN) return MAX;
  const product = BigInt(a) * BigInt(b);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return Number((product + nudge) / (1n << 31n));
}

function gemmlowpDivide(x: number, exponent: number): number {
  const mask = (1n << BigInt(exponent)) - 1n;
  const remainder = BigInt(x) & mask;
  const threshold = (mask >> 1n) + (x < 0 ? 1n : 0n);
  return Number((BigInt(x) >> BigInt(exponent)) + (remainder > threshold ? 1n : 0n));
}

const EDGES = [MIN, MIN + 1, -(2 ** 30), -65537, -65536, -2, -1, 0, 1, 2, 65535, 65536, 2 ** 30, MAX - 1, MAX];

test('the high multiply equals gemmlowp at the edges and on a hundred thousand random pairs', () => {
  const random = randomInt32(1);
  const pairs = EDGES.flatMap((a) => EDGES.map((b) => [a, b] as const));
  for (let i = 0; i < 100_000; i++) pairs.push([random(), random()]);
  const wrong = pairs.filter(([a, b]) => {
    const exact = gemmlowpHighMultiply(a, b);
    return saturatingDoublingHighMultiply(a, b) !== exact || (b >= 0 && doublingHighMultiply(a, b) !== exact);
  });
  expect(wrong).toEqual([]);
});

test('the high multiply rounds a tie upwards for both signs, as gemmlowp does', () => {
  expect(doublingHighMultiply(1, 2 ** 30)).toBe(1);
  expect(doublingHighMultiply(-1, 2 ** 30)).toBe(0);
  expect(doublingHighMultiply(-3, 2 ** 30)).toBe(-1);
});

test('dividing by a power of two rounds ties away from zero and equals gemmlowp', () => {
  expect(roundingDivideByPowerOfTwo(3, 1)).toBe(2);
  expect(roundingDivideByPowerOfTwo(-3, 1)).toBe(-2);
  const random = randomInt32(2);
  for (let exponent = 0; exponent <= 31; exponent++) {
    for (const x of [...EDGES, ...Array.from({ length: 500 }, random)]) {
      expect(roundingDivideByPowerOfTwo(x, exponent), `${x} / 2^${exponent}`).toBe(gemmlowpDivide(x, exponent));
    }
  }
});

test('requantizing rounds twice: 1.5 after the multiply, 0.75 after the shift', () => {
  // 3 * 0.5 -> 1.5 -> 2 by the high multiply, then 2 / 4 -> 0.5 -> 1; in real numbers 3 / 8 would be 0.
  expect(requantize(3, { multiplier: 2 ** 30, shift: -2 })).toBe(1);
});

test('a multiplier is split so that it can be put together again', () => {
  for (const real of [1e-9, 0.0003, 0.25, 0.5, 0.7071, 1, 1.5, 255, 2 ** 29]) {
    const { multiplier, shift } = requantizationOf(real, 'here');
    expect(multiplier).toBeGreaterThanOrEqual(2 ** 30);
    expect(multiplier).toBeLessThan(2 ** 31);
    expect(Math.abs((multiplier * 2 ** (shift - 31)) / real - 1)).toBeLessThan(2 ** -31);
  }
});

test('a multiplier that rounds up to 2^31 moves to the next power of two', () => {
  expect(requantizationOf(1 - 2 ** -40, 'here')).toEqual({ multiplier: 2 ** 30, shift: 1 });
});

test('zero and what is too small become zero, what is too great the greatest, nonsense an error', () => {
  expect(requantizationOf(0, 'here')).toEqual({ multiplier: 0, shift: 0 });
  expect(requantizationOf(2 ** -33, 'here')).toEqual({ multiplier: 0, shift: 0 });
  expect(requantizationOf(2 ** 40, 'here')).toEqual({ multiplier: MAX, shift: 30 });
  expect(() => requantizationOf(Number.NaN, "node 'dense'")).toThrow(/NaN/);
  expect(() => requantizationOf(-1, "node 'dense'")).toThrow(/-1/);
});

test('a rule of 64 bits refuses multipliers that it would have to shift too far to the left', () => {
  expect(wideScaleProblems([requantizationOf(2 ** 13, 'a test')])).toEqual([]);
  expect(wideScaleProblems([requantizationOf(0.5, 'a test'), requantizationOf(2 ** 14, 'a test')])).toHaveLength(1);
});

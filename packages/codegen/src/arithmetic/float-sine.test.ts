import { expect, test } from 'vitest';
import { floatsByBits, ulps } from '../testing/ulps.js';
import { floatSine } from './float-sine.js';

/** The worst errors of sine and cosine. */
function worstErrors(points: Float32Array): number {
  return points.reduce(
    (worst, x) => Math.max(worst, ulps(Math.sin(x), floatSine(x, 0)), ulps(Math.cos(x), floatSine(x, 1))),
    0,
  );
}

test('sine and cosine are within 1.6 units of the last place on three hundred thousand numbers of all magnitudes', () => {
  for (const [first, last, count] of [
    [1, 0x3f490fdb, 50_001],
    [0x3f490fdb, 0x43000000, 150_001],
    [0x43000000, 0x7f7fffff, 50_001],
    [0xbf490fdb, 0xff7fffff, 50_001],
  ] as const) {
    const worst = worstErrors(floatsByBits(first, last, count));
    expect(worst).toBeGreaterThan(0.5);
    expect(worst).toBeLessThan(1.6);
  }
});

test('the float32 that comes closest to a multiple of pi / 2 has a sine as exact as others', () => {
  const x = 16367173 * 2 ** 72;
  expect(Math.abs(Math.cos(x))).toBeLessThan(2e-9);
  expect(worstErrors(Float32Array.of(x, -x))).toBeLessThan(1.6);
});

test('multiples of pi / 2 as near as float32 comes', () => {
  const points = Float32Array.from({ length: 20_001 }, (_, i) => ((i - 10_000) * Math.PI) / 2);
  expect(worstErrors(points)).toBeLessThan(1.6);
});

test('the sine of what is very small is that number, and of what is not finite no number', () => {
  expect(floatSine(-0, 0)).toBe(-0);
  expect(floatSine(2 ** -149, 0)).toBe(2 ** -149);
  expect(floatSine(0, 1)).toBe(1);
  for (const x of [Infinity, -Infinity, NaN]) expect([floatSine(x, 0), floatSine(x, 1)]).toEqual([NaN, NaN]);
});

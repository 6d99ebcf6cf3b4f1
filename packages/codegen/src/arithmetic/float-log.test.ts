import { expect, test } from 'vitest';
import { floatsByBits, ulps } from '../testing/ulps.js';
import { floatLog } from './float-log.js';

function worstError(points: Float32Array): number {
  return points.reduce((worst, x) => Math.max(worst, ulps(Math.log(x), floatLog(x))), 0);
}

test('log is within 1 unit of the last place on a million numbers of all magnitudes, and around 1', () => {
  const worsts = [
    worstError(floatsByBits(1, 0x7f7fffff, 600_001)),
    worstError(floatsByBits(0x3f000000, 0x40000000, 400_001)),
  ];
  for (const worst of worsts) {
    expect(worst).toBeGreaterThan(0.5);
    expect(worst).toBeLessThan(1);
  }
});

test('log of 1 is 0, of 0 infinitely small, of what is below not a number', () => {
  expect(floatLog(1)).toBe(0);
  expect([floatLog(0), floatLog(-0)]).toEqual([-Infinity, -Infinity]);
  expect(floatLog(Infinity)).toBe(Infinity);
  for (const x of [-1, -Infinity, NaN, -(2 ** -149)]) expect(floatLog(x)).toBeNaN();
});

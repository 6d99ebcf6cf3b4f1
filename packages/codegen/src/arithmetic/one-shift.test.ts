import { expect, test } from 'vitest';
import { type ChannelStage, findOneShift, highProduct, oneShiftOutput } from './one-shift.js';
import { requantizationOf, requantize } from './requantization.js';

/** What a layer computes of its accumulators: two roundings, a zero point, a clamp. */
function stageOf(scale: number, zeroPoint: number, bounds: { low: number; high: number }, reach: number): ChannelStage {
  const requantization = requantizationOf(scale, 'test');
  return {
    output: (a) => Math.max(bounds.low, Math.min(bounds.high, zeroPoint + requantize(a, requantization))),
    least: -reach,
    greatest: reach,
    scale,
  };
}

/** Accumulators around every place where some output begins, and the ends. */
function telling({ output, least, greatest }: ChannelStage): number[] {
  const found = [least, least + 1, -1, 0, 1, greatest - 1, greatest];
  const step = Math.max(1, Math.floor((greatest - least) / 5000));
  for (let a = least; a < greatest; a += step) {
    const to = Math.min(greatest, a + step);
    if (output(a) === output(to)) continue;
    let [below, at] = [a, to];
    while (at - below > 1) {
      const middle = Math.floor((below + at) / 2);
      if (output(middle) > output(a)) at = middle;
      else below = middle;
    }
    found.push(below, at);
  }
  return found;
}

const SCALES = [0.00021, 0.00037, 0.00109, 0.0031, 0.00071];

test.each([
  ['relu', -128, { low: -128, high: 127 }],
  ['linear', 3, { low: -128, high: 127 }],
  ['linear with another zero point', -77, { low: -128, high: 127 }],
  ['a clamp on both sides', -20, { low: -20, high: 90 }],
] as const)('what is found equals two roundings wherever an output begins: %s', (_name, zeroPoint, bounds) => {
  const stages = SCALES.map((scale) => stageOf(scale, zeroPoint, bounds, 900_000));
  const shared = findOneShift(stages, bounds);
  expect(shared).not.toBeNull();
  stages.forEach((stage, channel) => {
    for (const a of telling(stage)) {
      expect([a, oneShiftOutput(shared!, bounds, channel, a)]).toEqual([a, stage.output(a)]);
    }
  });
});

test('an accumulator that does not fit times 256 is refused', () => {
  const bounds = { low: -128, high: 127 };
  expect(findOneShift([stageOf(0.0001, -128, bounds, 2 ** 23 - 1)], bounds)).not.toBeNull();
  expect(findOneShift([stageOf(0.0001, -128, bounds, 2 ** 23)], bounds)).toBeNull();
});

test('the upper half of the product is exact', () => {
  for (const a of [-(2 ** 23) + 1, -1234567, -1, 0, 1, 7654321, 2 ** 23 - 1]) {
    for (const m of [0, 1, 65535, 65536, 2 ** 30 + 12345, 2 ** 31 - 1]) {
      expect(highProduct(a, m) + 0).toBe(Number((BigInt(a) * 256n * BigInt(m)) >> 32n));
    }
  }
});

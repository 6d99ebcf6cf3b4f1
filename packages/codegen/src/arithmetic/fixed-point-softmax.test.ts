import { expect, test } from 'vitest';
import { expOnNegativeValues, reciprocal, softmaxScalingOf } from './fixed-point-softmax.js';

test('the fixed-point exponential follows the real one to a few parts in ten million', () => {
  for (let i = 0; i <= 4000; i++) {
    const a = -Math.floor((i * 2 ** 26) / 100);
    if (a < -(2 ** 31)) break;
    const real = Math.exp(a / 2 ** 26) * 2 ** 31;
    expect(Math.abs(expOnNegativeValues(a) - real), `exp(${a / 2 ** 26})`).toBeLessThan(700);
  }
});

test('exp(0) is as close to 1 as Q0.31 comes', () => {
  expect(expOnNegativeValues(0)).toBe(2 ** 31 - 1);
});

test('the reciprocal of every sum of up to 512 ones is right to a part in a hundred million', () => {
  for (let sum = 2 ** 19; sum < 2 ** 28; sum = Math.floor(sum * 1.01) + 1) {
    const { scale, bitsOverUnit } = reciprocal(sum);
    const real = 2 ** 19 / sum;
    expect(Math.abs((scale / 2 ** 31) * 2 ** -bitsOverUnit - real) / real, `1 / ${sum}`).toBeLessThan(1e-8);
  }
});

test('a scale below what Q5.26 holds is an error that names the node', () => {
  expect(() => softmaxScalingOf(1e-9, 1, "node 'softmax'")).toThrow(/scale 1e-9/);
});

test('with the scale 1/16 differences below -31 count for nothing', () => {
  expect(softmaxScalingOf(1 / 16, 1, 'here')).toEqual({ multiplier: 2 ** 30, leftShift: 23, leastDifference: -248 });
});

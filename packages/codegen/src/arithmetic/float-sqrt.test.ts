import { expect, test } from 'vitest';
import { floatsByBits } from '../testing/ulps.js';
import { floatSqrt } from './float-sqrt.js';

test('no float32 lies nearer to the root: the middles between it and its neighbours are on the right sides', () => {
  const wrong = floatsByBits(1, 0x7f7fffff, 200_001).filter((x) => {
    const root = floatSqrt(x);
    const unit = 2 ** (Math.floor(Math.log2(root)) - 23);
    // In units the middles have 25 bits and their squares 50: doubles hold them.
    const [low, high, square] = [root / unit - 0.5, root / unit + 0.5, x / unit / unit];
    return !(low * low < square && square < high * high);
  });
  expect([...wrong]).toEqual([]);
});

test('of 0 it is 0 with its sign, of less no number', () => {
  expect([floatSqrt(0), floatSqrt(-0), floatSqrt(Infinity)]).toEqual([0, -0, Infinity]);
  expect([floatSqrt(-1), floatSqrt(-Infinity), floatSqrt(NaN)]).toEqual([NaN, NaN, NaN]);
});

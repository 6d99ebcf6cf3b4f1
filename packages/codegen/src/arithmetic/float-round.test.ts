import { expect, test } from 'vitest';
import { floatRound } from './float-round.js';

test('halves go to the even number, other numbers to the nearest', () => {
  expect([-2.5, -1.5, 0.5, 1.5, 2.5, 0.25, 0.75, -0.75].map(floatRound)).toEqual([-2, -2, 0, 2, 2, 0, 1, -1]);
  expect([8388607.5, 16777215, -(2 ** 100)].map(floatRound)).toEqual([8388608, 16777215, -(2 ** 100)]);
});

test('zeros keep their sign; what is infinite or no number stays', () => {
  expect([-0, 0, -0.25, -0.5].map(floatRound)).toEqual([-0, 0, 0, 0]);
  expect([Infinity, -Infinity, NaN].map(floatRound)).toEqual([Infinity, -Infinity, NaN]);
});

import { expect, test } from 'vitest';
import { worstUlps } from '../testing/ulps.js';
import { floatLogistic } from './float-logistic.js';

const logistic = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

test('the sigmoid is within 2.5 units of the last place on four hundred thousand points', () => {
  const worst = Math.max(worstUlps(floatLogistic, logistic, -86.9, 0), worstUlps(floatLogistic, logistic, -5, 20));
  expect(worst).toBeGreaterThan(0.5);
  expect(worst).toBeLessThan(2.5);
});

test('the sigmoid goes from 0 to 1 through a half', () => {
  expect([-Infinity, -88, 0, -0, 17, Infinity].map(floatLogistic)).toEqual([0, 0, 0.5, 0.5, 1, 1]);
  expect(floatLogistic(NaN)).toBeNaN();
});

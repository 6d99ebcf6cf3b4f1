import { expect, test } from 'vitest';
import { worstUlps } from '../testing/ulps.js';
import { floatExpm1 } from './float-expm1.js';

test('exp(x) - 1 is within 1.5 units of the last place on four hundred thousand points', () => {
  const worst = Math.max(worstUlps(floatExpm1, Math.expm1, -0.75, 0), worstUlps(floatExpm1, Math.expm1, -18, -0.6));
  expect(worst).toBeGreaterThan(0.5);
  expect(worst).toBeLessThan(1.5);
});

test('exp(x) - 1 is x where x is small, and -1 where it is far below', () => {
  expect(floatExpm1(Math.fround(-1e-40))).toBe(Math.fround(-1e-40));
  expect([-1e-9, -0].map(Math.fround).map(floatExpm1)).toEqual([Math.fround(-1e-9), 0]);
  expect([-18, -100, -Infinity].map(floatExpm1)).toEqual([-1, -1, -1]);
  expect(floatExpm1(NaN)).toBeNaN();
});

import { expect, test } from 'vitest';
import { worstUlps } from '../testing/ulps.js';
import { floatNormal } from './float-normal.js';

/** In doubles: a power series near 0, a continued fraction farther out. Source: Abramowitz and Stegun, 7.1.5 and 7.1.14. */
function normal(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  let sum = 0;
  if (z < 2) {
    let term = z;
    for (let n = 0; n < 60; n++, term *= -(z * z) / n) sum += term / (2 * n + 1);
    const error = (2 / Math.sqrt(Math.PI)) * sum;
    return (x < 0 ? 1 - error : 1 + error) / 2;
  }
  for (let n = 60; n > 0; n--) sum = n / 2 / (z + sum);
  const tail = Math.exp(-z * z) / (2 * Math.sqrt(Math.PI) * (z + sum));
  return x < 0 ? tail : 1 - tail;
}

test('the share is within 5 units of the last place on four hundred thousand points, far out as well', () => {
  const worst = Math.max(worstUlps(floatNormal, normal, -13, -2.7), worstUlps(floatNormal, normal, -2.8, 6));
  expect(worst).toBeGreaterThan(0.5);
  expect(worst).toBeLessThan(5);
});

test('the share goes from 0 to 1 through a half', () => {
  expect([-Infinity, -14, 0, -0, 14, Infinity].map(floatNormal)).toEqual([0, 0, 0.5, 0.5, 1, 1]);
  expect(floatNormal(NaN)).toBeNaN();
});

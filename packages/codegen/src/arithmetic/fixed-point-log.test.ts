import { expect, test } from 'vitest';
import { fixedPointLog } from './fixed-point-log.js';

test('the fixed-point logarithm of all sums from 1 to 4095 is right to a part in a hundred million', () => {
  let worst = 0;
  for (let sum = 2 ** 19; sum < 2 ** 31; sum = Math.floor(sum * 1.0001) + 1)
    worst = Math.max(worst, Math.abs(fixedPointLog(sum) / 2 ** 26 - Math.log(sum / 2 ** 19)));
  expect(worst).toBeGreaterThan(0);
  expect(worst).toBeLessThan(1e-7);
});

test('the logarithm of 1 is 0, and of sums that grow it does not fall', () => {
  expect(Math.abs(fixedPointLog(2 ** 19))).toBeLessThanOrEqual(4);
  const logs = Array.from({ length: 5000 }, (_, i) => fixedPointLog(2 ** 19 + i * 400_000));
  expect(logs.filter((value, i) => i > 0 && value < logs[i - 1]!)).toEqual([]);
});

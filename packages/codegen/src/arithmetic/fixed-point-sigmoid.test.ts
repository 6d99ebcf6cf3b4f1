import { expect, test } from 'vitest';
import { fixedPointLogistic, fixedPointTanh, logisticOfBytes, tanhOfBytes } from './fixed-point-sigmoid.js';

const CENTRED = Array.from({ length: 511 }, (_, i) => i - 255);

test('the fixed-point sigmoid and tangent follow the real ones to a part in a million', () => {
  for (let i = -2000; i < 2000; i++) {
    const a = Math.trunc((i / 2000) * 2 ** 31);
    const x = a / 2 ** 27;
    expect(Math.abs(fixedPointLogistic(a) / 2 ** 31 - 1 / (1 + Math.exp(-x))), `sigmoid of ${x}`).toBeLessThan(1e-6);
    expect(Math.abs(fixedPointTanh(a) / 2 ** 31 - Math.tanh(x)), `tanh of ${x}`).toBeLessThan(1e-6);
  }
});

test.each([0.001, 0.02, 0.1, 0.9])('every int8 of scale %f is within one unit of the real value', (scale) => {
  const [logistic, tanh] = [logisticOfBytes(scale, 'here'), tanhOfBytes(scale, 'here')];
  for (const centred of CENTRED) {
    expect(Math.abs(logistic(centred) + 128 - Math.min(255, 256 / (1 + Math.exp(-scale * centred))))).toBeLessThan(1);
    expect(Math.abs(tanh(centred) - Math.min(127, 128 * Math.tanh(scale * centred)))).toBeLessThan(1);
  }
});

test('at scales of 8 and more every input is infinite, and zero counts as negative', () => {
  const logistic = logisticOfBytes(8, 'here');
  expect([-1, 0, 1].map(logistic)).toEqual([-128, -128, 127]);
  expect([-1, 0, 1].map(tanhOfBytes(300, 'here'))).toEqual([-128, -128, 127]);
  expect([-1, 0, 1].map(logisticOfBytes(7.99, 'here'))).toEqual([-128, 0, 127]);
});

import type * as tensorflow from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { selectBackend } from '../backends/select-backend.js';
import { fakeActivation, fakeWeights } from './fake-quantize.js';

const { tf } = await selectBackend('cpu');

function valueAndGradient(f: (x: tensorflow.Tensor) => tensorflow.Tensor, x: tensorflow.Tensor): number[][] {
  const { value, grad } = tf.valueAndGrad(f)(x, tf.onesLike(x));
  return [Array.from(value.dataSync()), Array.from(grad.dataSync())];
}

test('an activation is rounded to its grid, and its gradient is cut off where the grid ends', () => {
  const grid = { scale: 0.5, zeroPoint: -100 };
  // The grid reaches from 0.5 * (-128 + 100) to 0.5 * (127 + 100).
  const x = tf.tensor1d([-100, -14, -0.2, 0, 0.3, 7.6, 113.5, 114]);
  const [value, gradient] = valueAndGradient((y) => fakeActivation(tf, y, grid), x);
  expect(value!.map((y) => y + 0)).toEqual([-14, -14, 0, 0, 0.5, 7.5, 113.5, 113.5]);
  expect(gradient).toEqual([0, 1, 1, 1, 1, 1, 1, 0]);
});

test('weights have a scale for each channel, and their gradient passes', () => {
  const w = tf.tensor2d([
    [127, 0.5, 0],
    [63.4, -0.25, 0],
  ]);
  const [value, gradient] = valueAndGradient((y) => fakeWeights(tf, y, [1]), w);
  const expected = [127, 0.5, 0, 63, (-0.5 * 64) / 127, 0];
  value!.forEach((y, i) => expect(y).toBeCloseTo(expected[i]!, 5));
  expect(gradient).toEqual([1, 1, 1, 1, 1, 1]);
});

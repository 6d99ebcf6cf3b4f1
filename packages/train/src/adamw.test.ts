import type * as tensorflow from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { ADAMW, cosineRate, createAdamW } from './adamw.js';
import { selectBackend } from './backends/select-backend.js';

/** Computed by the formulas in double precision: w = 1, gradients 0.5, -0.25, 2; decay and schedule of SETTINGS. */
const WEIGHTS = [0.956895554628593, 0.9430821357352455, 0.9331610784239524];
const SETTINGS = { ...ADAMW, learningRate: 0.1, warmupEpochs: 1, weightDecay: 0.01 };
const LENGTH = { epochs: 2, batchesPerEpoch: 2 };

test('three steps equal those of the formulas', async () => {
  const { tf } = await selectBackend('cpu');
  const before = tf.memory().numTensors;
  const weight = tf.variable(tf.tensor2d([[1]]));
  const optimizer = createAdamW(tf, SETTINGS, LENGTH);
  const seen = [0.5, -0.25, 2].map((gradient) => {
    optimizer.applyGradients([{ name: weight.name, tensor: tf.tensor2d([[gradient]]) as tensorflow.Tensor }]);
    return weight.dataSync()[0]!;
  });
  for (const [step, found] of seen.entries()) expect(found).toBeCloseTo(WEIGHTS[step]!, 6);
  optimizer.dispose();
  weight.dispose();
  expect(tf.memory().numTensors).toBe(before + 1 + 3);
});

test('vectors, such as biases, do not decay', async () => {
  const { tf } = await selectBackend('cpu');
  const [kernel, bias] = [tf.variable(tf.tensor2d([[1]])), tf.variable(tf.tensor1d([1]))];
  const optimizer = createAdamW(tf, SETTINGS, LENGTH);
  optimizer.applyGradients([kernel, bias].map((weight) => ({ name: weight.name, tensor: tf.zerosLike(weight) })));
  expect(kernel.dataSync()[0]).toBeLessThan(1);
  expect(bias.dataSync()[0]).toBe(1);
  optimizer.dispose();
});

test('the learning rate rises, falls and ends at 0', () => {
  const rates = Array.from({ length: 4 }, (_, step) => cosineRate(SETTINGS, LENGTH, step + 1));
  expect(rates[0]).toBeLessThan(rates[1]!);
  expect(rates[2]).toBeLessThan(rates[1]!);
  expect(rates[3]).toBeCloseTo(0, 12);
});

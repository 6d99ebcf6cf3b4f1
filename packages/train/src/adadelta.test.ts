import type * as tensorflow from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { createAdadelta, KERAS_ADADELTA } from './adadelta.js';
import { selectBackend } from './backends/select-backend.js';

/** Computed by the formulas of keras/optimizers.py in double precision: w = 1, gradients 0.5, -0.25, 2. */
const KERAS_WEIGHTS = [0.9995527865833854, 0.9998414615640203, 0.999176742695482];

test('three steps equal those of Keras', async () => {
  const { tf } = await selectBackend('cpu');
  const weight = tf.variable(tf.tensor1d([1, 1]));
  const optimizer = createAdadelta(tf, KERAS_ADADELTA);
  const seen = [0.5, -0.25, 2].map((gradient) => {
    const gradients = [{ name: weight.name, tensor: tf.tensor1d([gradient, 0]) as tensorflow.Tensor }];
    optimizer.applyGradients(gradients);
    return [...weight.dataSync()];
  });
  for (const [step, [moved, unmoved]] of seen.entries()) {
    expect(moved).toBeCloseTo(KERAS_WEIGHTS[step]!, 6);
    expect(unmoved).toBe(1);
  }
  const tensorsBefore = tf.memory().numTensors;
  optimizer.dispose();
  expect(tf.memory().numTensors).toBe(tensorsBefore - 2);
});

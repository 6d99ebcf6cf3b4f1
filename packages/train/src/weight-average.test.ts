import { expect, test } from 'vitest';
import { selectBackend } from './backends/select-backend.js';
import { WeightAverage } from './weight-average.js';

test('the average follows the weights, is theirs for as long as asked for, and leaves nothing behind', async () => {
  const { tf } = await selectBackend('cpu');
  const network = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false })] });
  const set = (value: number): void => tf.tidy(() => network.setWeights([tf.tensor2d([[value]])]));
  const value = (): number => network.getWeights()[0]!.dataSync()[0]!;
  set(1);
  const before = tf.memory().numTensors;
  const average = new WeightAverage(tf, network, 0.9);
  let expected = 1;
  for (let step = 1; step <= 30; step++) {
    set(step);
    average.add();
    const decay = Math.min(0.9, (1 + step) / (10 + step));
    expected = expected * decay + step * (1 - decay);
  }
  expect(await average.during(async () => value())).toBeCloseTo(expected, 3);
  expect(value()).toBe(30);
  await expect(average.during(() => Promise.reject(new Error('stopped')))).rejects.toThrow('stopped');
  expect(value()).toBe(30);
  average.dispose();
  expect(tf.memory().numTensors).toBe(before);
  network.dispose();
});

import { expect, test } from 'vitest';
import { selectBackend } from '../backends/select-backend.js';
import { randomStream, uniformValues } from '../seeded-random.js';
import { digitsCnn } from './digits-cnn.js';
import { findRecipe, RECIPES } from './index.js';

const context = (seed: number) => ({ seed, parameters: {}, inputs: new Float32Array(64) });

test('the network is the one of the notebook, in stock layers', async () => {
  const { tf } = await selectBackend('cpu');
  const model = await digitsCnn.build(tf, context(1));
  expect(model.layers.map((layer) => [layer.getClassName(), layer.outputShape])).toEqual([
    ['Conv2D', [null, 6, 6, 32]],
    ['Conv2D', [null, 6, 6, 32]],
    ['Reshape', [null, 36, 32, 1]],
    ['MaxPooling2D', [null, 18, 16, 1]],
    ['Reshape', [null, 6, 3, 16]],
    ['Dropout', [null, 6, 3, 16]],
    ['Flatten', [null, 288]],
    ['Dense', [null, 128]],
    ['Dropout', [null, 128]],
    ['Dense', [null, 10]],
  ]);
  expect(model.countParams()).toBe(320 + 9248 + 36992 + 1290);
  model.dispose();
});

test('the pooling takes the maximum over pairs of columns and pairs of channels', async () => {
  const { tf } = await selectBackend('cpu');
  const model = await digitsCnn.build(tf, context(1));
  const x = uniformValues(6 * 6 * 32, 1, randomStream(4, 0));
  const pooled = tf.tidy(() => {
    let value = tf.tensor(x, [1, 6, 6, 32]);
    for (const name of ['pool_in', 'pool', 'pool_out']) value = model.getLayer(name).apply(value) as typeof value;
    return value;
  });
  const at = (row: number, column: number, channel: number) => x[(row * 6 + column) * 32 + channel]!;
  const expected = Array.from({ length: 6 * 3 * 16 }, (_, index) => {
    const [row, column, channel] = [Math.floor(index / 48), 2 * (Math.floor(index / 16) % 3), 2 * (index % 16)];
    return Math.max(
      at(row, column, channel),
      at(row, column, channel + 1),
      at(row, column + 1, channel),
      at(row, column + 1, channel + 1),
    );
  });
  expect([...pooled.dataSync()]).toEqual(expected);
  model.dispose();
});

test('the seed decides the initial weights, which are Glorot uniform with zero biases', async () => {
  const { tf } = await selectBackend('cpu');
  const weightsOf = async (seed: number) => {
    const model = await digitsCnn.build(tf, context(seed));
    const weights = model.getWeights().map((weight) => weight.dataSync() as Float32Array);
    model.dispose();
    return weights;
  };
  const weights = await weightsOf(1);
  expect(await weightsOf(1)).toEqual(weights);
  expect((await weightsOf(2))[0]).not.toEqual(weights[0]);
  const limit = Math.sqrt(6 / (9 * 32 + 9 * 32));
  expect(Math.max(...weights[2]!.map(Math.abs))).toBeLessThanOrEqual(limit);
  expect(Math.max(...weights[2]!.map(Math.abs))).toBeGreaterThan(0.99 * limit);
  for (const bias of [1, 3, 5, 7]) expect(weights[bias]!.every((value) => value === 0)).toBe(true);
});

test('dropout masks change from batch to batch, repeat with the seed, and are off outside training', async () => {
  const { tf } = await selectBackend('cpu');
  const masks = async (seed: number, training: boolean) => {
    const model = await digitsCnn.build(tf, context(seed));
    const layer = model.getLayer('dropout0');
    const ones = tf.ones([2, 6, 3, 16]);
    const values = [0, 1].map(() => [...(layer.apply(ones, { training }) as typeof ones).dataSync()]);
    model.dispose();
    return values;
  };
  const [first, second] = await masks(3, true);
  expect(first).not.toEqual(second);
  expect(await masks(3, true)).toEqual([first, second]);
  expect((await masks(4, true))[0]).not.toEqual(first);
  expect(new Set((await masks(3, false)).flat())).toEqual(new Set([1]));
});

test('a recipe is found by its name, and an unknown name is a wrong command line that lists the names', () => {
  for (const recipe of RECIPES) expect(findRecipe(recipe.name)).toBe(recipe);
  expect(() => findRecipe('digits')).toThrow(expect.objectContaining({ code: 'E-RECIPE-UNKNOWN', exitCode: 2 }));
});

import { expect, test } from 'vitest';
import { selectBackend } from '../backends/select-backend.js';
import { parametersOf } from '../recipe-parameters.js';
import { uniformValues, randomStream } from '../seeded-random.js';
import { digitsAutoencoder } from './digits-autoencoder.js';
import { digitsLinear } from './digits-linear.js';
import { digitsPca } from './digits-pca.js';
import { RECIPES } from './index.js';
import type { Recipe } from './recipe.js';

const inputs = uniformValues(100 * 64, 1, randomStream(9, 0));

async function build(recipe: Recipe, set: Readonly<Record<string, number>> = {}) {
  const { tf } = await selectBackend('cpu');
  return { tf, network: await recipe.build(tf, { seed: 1, parameters: parametersOf(recipe, set), inputs }) };
}

test('every recipe builds a network of its input and its task, with layers of different names', async () => {
  for (const recipe of RECIPES) {
    const { network } = await build(recipe);
    expect(network.inputs[0]!.shape, recipe.name).toEqual([null, ...recipe.inputShape]);
    const features = recipe.inputShape.reduce((product, size) => product * size, 1);
    const outputs = recipe.task.kind === 'classification' ? recipe.task.classes : features;
    expect(network.outputs[0]!.shape, recipe.name).toEqual([null, outputs]);
    const names = network.layers.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    network.dispose();
  }
});

test('the linear network is one dense layer', async () => {
  const { network } = await build(digitsLinear);
  expect(network.countParams()).toBe(64 * 10 + 10);
  network.dispose();
});

test('the projection is not trained, and its rows are unit vectors', async () => {
  const { network } = await build(digitsPca, { components: 20 });
  const projection = network.getLayer('pca').getWeights()[0]!;
  expect(projection.shape).toEqual([64, 20]);
  for (const length of projection.square().sum(0).dataSync()) expect(length).toBeCloseTo(1, 5);
  expect(network.trainableWeights.map(({ name }) => name)).not.toContain('pca/kernel');
  network.dispose();
});

test('the encoder and the decoder in a row are the autoencoder', async () => {
  const { tf, network } = await build(digitsAutoencoder, { bottleneck: 3 });
  const [encoder, decoder] = digitsAutoencoder.parts!(tf, network);
  expect([encoder!.name, decoder!.name]).toEqual(['encoder', 'decoder']);
  const x = tf.tensor(inputs.subarray(0, 4 * 64), [4, 8, 8, 1]);
  const code = encoder!.network.predict(x) as typeof x;
  expect(code.shape).toEqual([4, 3]);
  expect([...(decoder!.network.predict(code) as typeof x).dataSync()]).toEqual([
    ...(network.predict(x) as typeof x).dataSync(),
  ]);
});

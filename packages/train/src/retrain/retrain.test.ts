import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uniformValues, randomStream } from '../seeded-random.js';
import { retrainQuantized, type RetrainOptions } from './retrain.js';

const folder = mkdtempSync(join(tmpdir(), 'kiln-retrain-'));
const file = join(folder, 'model.json');
const values = (count: number, stream: number): Float32Array => uniformValues(count, 1, randomStream(1, stream));
const KERNEL = 12;

/** Two dense layers with batch normalisation between them: [4] to [3] to [2]. */
beforeAll(() => {
  const layers = [
    { class_name: 'Dense', config: { name: 'first', units: 3, use_bias: false, batch_input_shape: [null, 4] } },
    { class_name: 'BatchNormalization', config: { name: 'norm', epsilon: 1e-3 } },
    { class_name: 'Dense', config: { name: 'second', units: 2, activation: 'softmax' } },
  ];
  const specs: [string, number[], Float32Array][] = [
    ['first/kernel', [4, 3], values(KERNEL, 1)],
    ['norm/gamma', [3], Float32Array.of(1, 2, 0.1)],
    ['norm/beta', [3], Float32Array.of(0, 1, -1)],
    ['norm/moving_mean', [3], Float32Array.of(0.1, 0.2, 0.3)],
    ['norm/moving_variance', [3], Float32Array.of(1, 2, 3)],
    ['second/kernel', [3, 2], values(6, 2)],
    ['second/bias', [2], Float32Array.of(0.5, -0.5)],
  ];
  const weights = specs.map(([name, shape]) => ({ name, shape, dtype: 'float32' }));
  const model = {
    format: 'layers-model',
    modelTopology: { class_name: 'Sequential', config: { name: 'small', layers } },
    weightsManifest: [{ paths: ['all.bin'], weights }],
    userDefinedMetadata: { kiln: { classes: ['a', 'b'] } },
  };
  writeFileSync(file, JSON.stringify(model));
  writeFileSync(join(folder, 'all.bin'), new Uint8Array(Float32Array.from(specs.flatMap(([, , v]) => [...v])).buffer));
});

afterAll(() => rmSync(folder, { recursive: true }));

const options = (): RetrainOptions => ({
  file,
  inputs: values(4 * 100, 3),
  inputGrid: { scale: 1 / 8, zeroPoint: 0 },
  grids: new Map([['first', { scale: 0.5, zeroPoint: 0 }]]),
  epochs: 2,
  seed: 1,
  backend: 'cpu',
});
const weightsOf = (files: ReadonlyMap<string, string | Uint8Array>): Float32Array =>
  new Float32Array((files.get('weights.bin') as Uint8Array).slice().buffer);

test('the same options give the same bytes, another seed others, and the loop tells how far it is', async () => {
  const steps: [number, number][] = [];
  const first = await retrainQuantized({ ...options(), onProgress: (...step) => steps.push(step) });
  expect(steps).toEqual([1, 2, 3, 4].map((step) => [step, 4]));
  expect(await retrainQuantized(options())).toEqual(first);
  expect(weightsOf(await retrainQuantized({ ...options(), seed: 2 }))).not.toEqual(weightsOf(first));
});

test('the network stays, its weights move, the statistics of its batch normalisation do not', async () => {
  const files = await retrainQuantized(options());
  const parsed = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
  const [before, after] = [parsed(readFileSync(file, 'utf8')), parsed(files.get('model.json') as string)];
  expect(after['modelTopology']).toEqual(before['modelTopology']);
  expect(after['userDefinedMetadata']).toEqual(before['userDefinedMetadata']);
  const old = new Float32Array(new Uint8Array(readFileSync(join(folder, 'all.bin'))).buffer);
  const now = weightsOf(files);
  expect(now).toHaveLength(old.length);
  const [statistics, end] = [KERNEL + 6, KERNEL + 12];
  expect(now.slice(statistics, end)).toEqual(old.slice(statistics, end));
  // What is saved are the weights themselves, not what rounding made of them.
  const kernel = now.subarray(0, KERNEL);
  expect(kernel).not.toEqual(old.subarray(0, KERNEL));
  kernel.forEach((value, i) => expect(Math.abs(value - old[i]!)).toBeLessThan(0.01));
});

test('a model that TensorFlow.js cannot load is an error that says so', async () => {
  const broken = join(folder, 'broken.json');
  writeFileSync(broken, '{"format":"graph-model"}');
  await expect(retrainQuantized({ ...options(), file: broken })).rejects.toMatchObject({ code: 'E-RETRAIN-MODEL' });
});

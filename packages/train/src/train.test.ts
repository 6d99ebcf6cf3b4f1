import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { syntheticDataset } from '../test/synthetic-dataset.js';
import type { BackendName } from './backends/select-backend.js';
import { addonProblem, findTensorFlowAddon } from './backends/tfjs-node.js';
import { MODEL_FILES } from './model-folder.js';
import { digitsCnn } from './recipes/digits-cnn.js';
import { loadTensorFlow } from './tensorflow.js';
import { train, type TrainOptions } from './train.js';
import type { TrainingEvent, TrainingRecord } from './training-record.js';

const recipe = { ...digitsCnn, defaults: { epochs: 8, batchSize: 32 } };
const data = syntheticDataset(320, 100);
const parent = mkdtempSync(path.join(tmpdir(), 'kiln-train-'));
afterAll(() => rmSync(parent, { recursive: true }));

let runs = 0;

function options(changes: Partial<TrainOptions> = {}): TrainOptions {
  runs += 1;
  const folder = path.join(parent, String(runs), 'model');
  return { recipe, data, backend: 'wasm', seed: 1, keep: 'last', epochs: 2, outFolder: folder, ...changes };
}

function checksums(folder: string): Record<string, string> {
  const sha256 = (name: string) =>
    createHash('sha256')
      .update(readFileSync(path.join(folder, name)))
      .digest('hex');
  return Object.fromEntries(readdirSync(folder).map((name) => [name, sha256(name)]));
}

test('the digits network learns classes that are easy to tell apart', async () => {
  const events: TrainingEvent[] = [];
  const { record } = await train(options({ epochs: undefined, onProgress: (event) => events.push(event) }));
  expect(record.final.test.accuracy).toBeGreaterThan(0.9);
  expect(record.final.train.accuracy).toBeGreaterThan(0.9);
  expect(record.history).toHaveLength(8);
  expect(record.history.at(-1)!.test).toEqual(record.final.test);
  expect(events.map(({ kind }) => kind)).toEqual([
    'backend',
    ...Array.from({ length: 8 }, () => [...new Array<string>(10).fill('batch'), 'epoch']).flat(),
    'saved',
  ]);
});

describe.for(['wasm', 'cpu', 'tfjs-node'] as const)('on %s', (backend: BackendName) => {
  const problem = backend === 'tfjs-node' ? addonProblem(findTensorFlowAddon()) : null;
  const small = { backend, epochs: 1, data: syntheticDataset(64, 20) };

  test('one seed gives the same bytes twice and another seed gives others', async ({ skip }) => {
    skip(problem !== null, problem ?? '');
    const folders: string[] = [];
    for (const seed of [1, 1, 2]) folders.push((await train(options({ ...small, seed }))).folder);
    const [first, again, other] = folders.map(checksums);
    // Where labels are given, nothing is expected of the outputs themselves.
    const expected = Object.values(MODEL_FILES).filter((name) => name !== MODEL_FILES.evaluationTargets);
    expect(Object.keys(first!).sort()).toEqual(expected.sort());
    expect(again).toEqual(first);
    expect(other![MODEL_FILES.weights]).not.toBe(first![MODEL_FILES.weights]);
  });
});

test('the record holds what is needed to repeat the training, and no path or time', async () => {
  const { folder, record } = await train(options({ epochs: 1 }));
  const text = readFileSync(path.join(folder, MODEL_FILES.training), 'utf8');
  expect(JSON.parse(text)).toEqual(record);
  expect(record).toMatchObject({
    recipe: 'digits-cnn',
    seed: 1,
    backend: 'wasm',
    epochs: 1,
    batchSize: 32,
    keep: 'last',
  });
  expect(record.data).toMatchObject({ name: 'synthetic', sha256: data.sha256, trainImages: 320, testImages: 100 });
  expect(record.versions).toEqual({ kiln: '0.1.0', node: process.versions.node, tfjs: '4.22.0', tensorflow: null });
  expect(text).not.toContain(parent);
  expect(text).not.toMatch(/seconds|time|date/i);
});

test('an interrupted training leaves nothing behind', async () => {
  const controller = new AbortController();
  const tensorsBefore = loadTensorFlow().memory().numTensors;
  const stopped = options({
    signal: controller.signal,
    onProgress: (event) => event.kind === 'batch' && event.epoch === 2 && event.batch === 3 && controller.abort(),
  });
  await expect(train(stopped)).rejects.toMatchObject({ code: 'E-INTERRUPTED', exitCode: 130 });
  expect(readdirSync(path.dirname(stopped.outFolder))).toEqual([]);
  expect(loadTensorFlow().memory().numTensors).toBe(tensorsBefore);
});

test('an interrupted training saves its last whole epoch if that was asked for', async () => {
  const oneEpoch = await train(options({ epochs: 1 }));
  const controller = new AbortController();
  const stopped = options({
    saveOnInterrupt: true,
    signal: controller.signal,
    onProgress: (event) => event.kind === 'batch' && event.epoch === 2 && event.batch === 3 && controller.abort(),
  });
  await expect(train(stopped)).rejects.toMatchObject({
    code: 'E-INTERRUPTED',
    remedy: expect.stringContaining('epoch 1'),
  });
  const [expected, found] = [oneEpoch.folder, stopped.outFolder].map(checksums);
  expect(found![MODEL_FILES.weights]).toBe(expected![MODEL_FILES.weights]);
  const record = JSON.parse(readFileSync(path.join(stopped.outFolder, MODEL_FILES.training), 'utf8')) as TrainingRecord;
  expect(record).toMatchObject({ interrupted: true, epochs: 2, keptEpoch: 1 });
});

test('a diverging training stops with the epoch and the batch, and leaves nothing behind', async () => {
  const wild = options({ recipe: { ...recipe, optimizer: { ...recipe.optimizer, learningRate: 1e30 } } });
  const diverged = {
    code: 'E-TRAIN-DIVERGED',
    where: expect.stringMatching(/^training, epoch 1, batch [1-9]$/),
    exitCode: 1,
  };
  await expect(train(wild)).rejects.toMatchObject(diverged);
  expect(readdirSync(path.dirname(wild.outFolder))).toEqual([]);
});

test('the best epoch is the best on the held-out images', async () => {
  const { record } = await train(options({ keep: 'best', epochs: 4 }));
  const accuracies = record.history.map(({ heldOut }) => heldOut!.accuracy!);
  expect(record.history[record.keptEpoch - 1]!.heldOut!.accuracy).toBe(Math.max(...accuracies));
  expect(record.final.heldOut).toEqual(record.history[record.keptEpoch - 1]!.heldOut);
  expect(record.data).toMatchObject({ trainImages: 288, heldOutImages: 32, testImages: 100 });
});

test('the test set decides nothing: with other test images the same weights are kept', async () => {
  const otherTest = { ...data, test: { ...data.test, labels: data.test.labels.map((label) => 9 - label) } };
  const folders: string[] = [];
  for (const set of [data, otherTest])
    folders.push((await train(options({ data: set, keep: 'best', epochs: 3 }))).folder);
  const [expected, found] = folders.map(checksums);
  for (const name of [MODEL_FILES.network, MODEL_FILES.weights, MODEL_FILES.calibration]) {
    expect(found![name]).toBe(expected![name]);
  }
  expect(found![MODEL_FILES.training]).not.toBe(expected![MODEL_FILES.training]);
});

test.each([0, -1, 1.5])('%s epochs are a wrong command line', async (epochs) => {
  await expect(train(options({ epochs }))).rejects.toMatchObject({ code: 'E-EPOCHS', exitCode: 2 });
});

test('a choice of weights that does not exist is a wrong command line', async () => {
  await expect(train(options({ keep: 'first' as 'last' }))).rejects.toMatchObject({ code: 'E-KEEP', exitCode: 2 });
});

test('a data set of another shape is refused before anything is done', async () => {
  const wide = { ...data, shape: [8, 16, 1] };
  const refused = options({ data: wide });
  await expect(train(refused)).rejects.toMatchObject({ code: 'E-RECIPE-DATA' });
  expect(() => readdirSync(path.dirname(refused.outFolder))).toThrow();
});

test('training says nothing on the terminal of its own accord', async () => {
  const streams = [vi.spyOn(process.stderr, 'write'), vi.spyOn(process.stdout, 'write')];
  const consoles = (['log', 'info', 'warn', 'error'] as const).map((method) => vi.spyOn(console, method));
  onTestFinished(() => void vi.restoreAllMocks());
  await train(options({ epochs: 1, data: syntheticDataset(64, 20) }));
  for (const spy of [...streams, ...consoles]) expect(spy).not.toHaveBeenCalled();
});

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { syntheticDataset } from '../test/synthetic-dataset.js';
import { predictWithTensorFlow } from './predict.js';
import { digitsCnn } from './recipes/digits-cnn.js';
import { standardise } from './scaler.js';
import { train, type TrainedModel } from './train.js';

const data = syntheticDataset(320, 60);
const folder = path.join(mkdtempSync(path.join(tmpdir(), 'kiln-predict-')), 'model');
let trained: TrainedModel;

beforeAll(async () => {
  const recipe = { ...digitsCnn, defaults: { epochs: 3, batchSize: 32 } };
  trained = await train({ recipe, data, backend: 'wasm', seed: 1, keep: 'last', outFolder: folder });
});
afterAll(() => rmSync(path.dirname(folder), { recursive: true }));

/** A program that knows TensorFlow.js and nothing of ours: loads a model by its address, predicts, prints. */
const STOCK_PROGRAM = `
  const tf = require('@tensorflow/tfjs');
  const { readFileSync } = require('node:fs');
  const [address, inputFile] = process.argv.slice(1);
  const bytes = new Uint8Array(readFileSync(inputFile));
  tf.loadLayersModel(address).then((model) => {
    const probabilities = model.predict(tf.tensor(new Float32Array(bytes.buffer), [bytes.length / 256, 8, 8, 1]));
    const layers = model.layers.map((layer) => layer.getClassName());
    console.log(JSON.stringify({ layers, probabilities: [...probabilities.dataSync()] }));
  });`;

async function predictWithStockProgram(inputs: Float32Array): Promise<{ layers: string[]; probabilities: number[] }> {
  const inputFile = path.join(path.dirname(folder), 'inputs.bin');
  writeFileSync(inputFile, inputs);
  const server = createServer((request, response) => {
    response.end(readFileSync(path.join(folder, path.basename(request.url!))));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.json`;
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', STOCK_PROGRAM, address, inputFile], { cwd });
    return JSON.parse(stdout) as { layers: string[]; probabilities: number[] };
  } finally {
    server.close();
  }
}

test('stock TensorFlow.js loads the saved model, all in stock layers, and predicts the same', async () => {
  const found = await predictWithStockProgram(standardise(trained.metadata.scaler, data.test.images));
  const expected = await predictWithTensorFlow(folder, Uint8Array.from(data.test.images), 'cpu');
  expect(found.layers).toContain('Dropout');
  expect(found.probabilities).toHaveLength(60 * 10);
  for (const [index, probability] of found.probabilities.entries()) {
    expect(Math.abs(probability - expected[index]!)).toBeLessThan(1e-6);
  }
});

test('predictions of the saved model have the accuracy that training reported', async () => {
  const probabilities = await predictWithTensorFlow(folder, Uint8Array.from(data.test.images), 'wasm');
  const right = data.test.labels.filter((label, index) => {
    const row = probabilities.subarray(index * 10, index * 10 + 10);
    return row.indexOf(Math.max(...row)) === label;
  });
  expect(right.length / 60).toBe(trained.record.final.test.accuracy);
});

test('model.json names the scaler, the raw input and the classes', () => {
  const network = JSON.parse(readFileSync(path.join(folder, 'model.json'), 'utf8')) as Record<string, unknown>;
  expect(network['userDefinedMetadata']).toEqual({ kiln: trained.metadata });
  expect(trained.metadata).toMatchObject({
    recipe: 'digits-cnn',
    input: { name: 'pixels', dtype: 'uint8', shape: [8, 8, 1] },
  });
  expect(trained.metadata.scaler.mean).toHaveLength(64);
  expect(trained.metadata.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
});

test('a folder without a model, a model of somebody else and half an image are errors', async () => {
  const other = mkdtempSync(path.join(path.dirname(folder), 'other-'));
  const unreadable = { code: 'E-MODEL-UNREADABLE', where: path.join(other, 'model.json') };
  await expect(predictWithTensorFlow(other, Uint8Array.from(data.test.images))).rejects.toMatchObject(unreadable);
  writeFileSync(path.join(other, 'model.json'), '{"format":"layers-model"}');
  await expect(predictWithTensorFlow(other, Uint8Array.from(data.test.images))).rejects.toMatchObject(unreadable);
  await expect(predictWithTensorFlow(folder, new Uint8Array(65))).rejects.toMatchObject({ code: 'E-PREDICT-INPUT' });
});

import { existsSync, readFileSync } from 'node:fs';
import { readNpy } from '@kiln/formats';
import { beforeAll, expect, test } from 'vitest';
import { type Ended, Sandbox } from './kiln-process.js';
import { saveModel, tinyModel } from './tiny-model.js';

const sandbox = new Sandbox();
const model = sandbox.at('model');
const inspect = (...flags: string[]): Promise<Ended> => sandbox.run(['inspect', model, ...flags]);

beforeAll(() => {
  saveModel(model, tinyModel());
});

test('the weights are listed with shape, bytes, range and the layers that read them', async () => {
  const ended = await inspect('--weights', '--json');
  expect(ended.code).toBe(0);
  const { bytes, weights } = JSON.parse(ended.stdout) as { bytes: number; weights: Record<string, unknown>[] };
  expect(weights.map(({ name, shape, nodes }) => [name, shape, nodes])).toEqual([
    ['conv/weights', [2, 3, 3, 1], ['conv']],
    ['conv/bias', [2], ['conv']],
    ['dense/weights', [3, 8], ['dense']],
    ['dense/bias', [3], ['dense']],
  ]);
  expect(bytes).toBe(4 * (18 + 2 + 24 + 3));
  const values = tinyModel().weights[0]!.values.map(Math.fround);
  expect(weights[0]).toMatchObject({
    dtype: 'float32',
    range: { least: Math.min(...values), greatest: Math.max(...values) },
  });
  const table = await inspect('--weights');
  expect(table.stdout).toMatch(/dense\/weights +float32 +\[3, 8\] +96 +-0\.\d+ \.\. 0\.\d+ +dense/);
});

test('one of them is taken out as .npy and as .csv', async () => {
  const [npy, csv] = ['dense.npy', 'dense.csv'].map((name) => sandbox.at(name));
  for (const file of [npy!, csv!]) expect((await inspect('--tensor', 'dense/weights', '-o', file)).code).toBe(0);
  const array = readNpy(readFileSync(npy!), 'dense.npy');
  expect(array).toMatchObject({ dtype: 'float32', shape: [3, 8] });
  const rows = readFileSync(csv!, 'utf8').trim().split('\n');
  expect(rows.map((row) => row.split(',').length)).toEqual([8, 8, 8]);
  expect(rows.flatMap((row) => row.split(',').map(Number))).toEqual([...array.data]);
  // Keras keeps the outputs last: kernel [8, 3].
  expect(array.data[1]).toBe(Math.fround(tinyModel().weights[2]!.values[3]!));
});

test('a name that there is not, and a file of another kind, are a wrong command line', async () => {
  const unknown = await inspect('--tensor', 'dense/kernel', '-o', sandbox.at('none.npy'));
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/E-INSPECT-TENSOR: --tensor dense\/kernel: .*dense\/weights, dense\/bias/);
  expect(existsSync(sandbox.at('none.npy'))).toBe(false);
  for (const flags of [
    ['--tensor', 'dense/weights'],
    ['--tensor', 'dense/weights', '-o', 'x.txt'],
    ['-o', 'x.npy'],
  ]) {
    expect(await inspect(...flags)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('E-INSPECT-OUTPUT') as string,
    });
  }
});

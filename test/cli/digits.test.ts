import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { readNpy, writeNpy } from '@kiln/formats';
import { beforeAll, expect, test } from 'vitest';
import { type Ended, programInPath, ROOT, Sandbox } from './kiln-process.js';

// The digits after one epoch: on the UCI set where KILN_DATA names it, else on the embedded ones.

const sandbox = new Sandbox();
const model = sandbox.at('model');
const ENGINES = ['reference', 'host', 'wasm'];
const IMAGES = 40;
const compiler = ['gcc', 'clang', 'cc'].map(programInPath).find((path) => path !== null);
const hasEmscripten = programInPath('emcc') !== null;
const dataFolder = process.env['KILN_DATA'];
let trained: Ended;
let first: Uint8Array;

/** int8 scales from a few images: what is tested here does not hang on how good they are. */
const calibrate = (): string[] => ['--calibrate', sandbox.at('few.npy')];

beforeAll(async () => {
  const env = dataFolder === undefined ? {} : { KILN_DATA: dataFolder };
  trained = await sandbox.run(['train', 'digits-cnn', '--epochs', '1', '--seed', '5', '-o', model, '--json'], { env });
  const { data } = readNpy(readFileSync(join(model, 'evaluation-inputs.npy')), 'inputs');
  first = Uint8Array.from(data.slice(0, IMAGES * 64) as Uint8Array);
  writeFileSync(sandbox.at('first.npy'), writeNpy({ dtype: 'uint8', shape: [IMAGES, 8, 8, 1], data: first }));
  writeFileSync(sandbox.at('few.npy'), writeNpy({ dtype: 'uint8', shape: [8, 8, 8, 1], data: first.slice(0, 512) }));
}, 300_000);

test('train writes the whole model and answers with its record', async () => {
  expect({ code: trained.code, stderr: trained.stderr }).toMatchObject({ code: 0 });
  for (const file of [
    'model.json',
    'weights.bin',
    'training.json',
    'calibration.npy',
    'evaluation-inputs.npy',
    'evaluation-labels.npy',
  ]) {
    expect(existsSync(join(model, file)), file).toBe(true);
  }
  const record = JSON.parse(trained.stdout);
  const isUci = dataFolder !== undefined || existsSync(join(ROOT, 'data/optdigits/optdigits.tra'));
  expect(record).toMatchObject({
    ...{ recipe: 'digits-cnn', seed: 5, epochs: 1, interrupted: false },
    data: isUci
      ? { name: 'UCI optdigits', notice: null }
      : { notice: expect.stringContaining('NOT the UCI optdigits set') },
  });
  // One epoch is enough to be far from guessing.
  expect(record.final.test.accuracy).toBeGreaterThan(0.3);
  expect(trained.stderr).toMatch(/Load data: [^]*Train: .* 1 epochs/);
});

test.skipIf(compiler === undefined || !hasEmscripten)(
  'run gives the same bytes on every engine, and verify reads the same classes',
  async () => {
    const outputs: Record<string, Uint8Array> = {};
    for (const precision of ['int8', 'float32']) {
      for (const engine of ENGINES) {
        const folder = sandbox.at(`${precision}-${engine}`);
        const on = ['--on', engine, '--quantize', precision, '--input', sandbox.at('first.npy'), '--out-dir', folder];
        const ended = await sandbox.run(['run', model, ...on, '--quiet', ...calibrate()]);
        expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
        outputs[`${precision}-${engine}`] = readFileSync(join(folder, 'output_0.npy'));
      }
      for (const engine of ENGINES)
        expect(outputs[`${precision}-${engine}`]).toEqual(outputs[`${precision}-reference`]);
    }
    const classes = Object.fromEntries(
      ['int8', 'float32'].map((precision) => [precision, classesOf(outputs[`${precision}-host`]!)]),
    );
    await expectVerified(classes);
  },
);

/** verify says which images int8 reads otherwise than TensorFlow.js; float32 reads as that does. */
async function expectVerified(classes: Record<string, number[]>): Promise<void> {
  // A model of the first images alone, so that all of them are compared.
  const few = sandbox.at('few-model');
  mkdirSync(few);
  for (const file of ['model.json', 'weights.bin']) writeFileSync(join(few, file), readFileSync(join(model, file)));
  writeFileSync(join(few, 'evaluation-inputs.npy'), readFileSync(sandbox.at('first.npy')));
  const labels = (readNpy(readFileSync(join(model, 'evaluation-labels.npy')), 'labels').data as Uint8Array).slice(
    0,
    IMAGES,
  );
  writeFileSync(join(few, 'evaluation-labels.npy'), writeNpy({ dtype: 'uint8', shape: [IMAGES], data: labels }));
  const ended = await sandbox.run(['verify', few, '--on', 'host', '--count', '5', '--json', ...calibrate()]);
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
  const { results } = JSON.parse(ended.stdout) as { results: VerifyResult[] };
  expect(results.map(({ precision, engines }) => [precision, engines[0]?.differing])).toEqual([
    ['int8', 0],
    ['float32', 0],
  ]);
  expect(results[1]?.tensorflow.disagreements).toEqual([]);
  expect(results[1]?.tensorflow.greatestDifference).toBeLessThan(1e-5);
  const disagreements = results[0]!.tensorflow.disagreements;
  expect(disagreements.map(({ index, compiled }) => [index, compiled])).toEqual(
    [...labels.keys()]
      .filter((i) => classes['int8']![i] !== classes['float32']![i])
      .map((i) => [i, classes['int8']![i]]),
  );
  for (const { precision, accuracy } of results) {
    const right = classes[precision]!.filter((read, i) => read === labels[i]).length;
    expect(accuracy).toBeCloseTo(right / IMAGES, 10);
  }
}

interface VerifyResult {
  precision: string;
  accuracy: number;
  engines: { differing: number }[];
  tensorflow: { disagreements: { index: number; compiled: number }[]; greatestDifference: number };
}

/** The first greatest score of each row of ten. */
function classesOf(npy: Uint8Array): number[] {
  const { shape, data } = readNpy(npy, 'output');
  expect(shape).toEqual([IMAGES, 10]);
  return Array.from({ length: IMAGES }, (_, i) => {
    const row = Array.from(data.slice(i * 10, i * 10 + 10), Number);
    return row.indexOf(Math.max(...row));
  });
}

test('a batch gives what its images give one by one', async () => {
  const run = async (file: string, folder: string): Promise<number[]> => {
    const on = ['--on', 'reference', '--quantize', 'float32', '--input', file, '--out-dir', sandbox.at(folder)];
    expect(await sandbox.run(['run', model, ...on, '--quiet'])).toMatchObject({ code: 0 });
    return Array.from(readNpy(readFileSync(sandbox.at(folder, 'output_0.npy')), 'output').data, Number);
  };
  const batch = await run(sandbox.at('first.npy'), 'batch');
  for (const index of [0, IMAGES - 1]) {
    const one = writeNpy({ dtype: 'uint8', shape: [1, 8, 8, 1], data: first.slice(index * 64, index * 64 + 64) });
    writeFileSync(sandbox.at('one.npy'), one);
    expect(await run(sandbox.at('one.npy'), `one-${index}`)).toEqual(batch.slice(index * 10, index * 10 + 10));
  }
});

test.skipIf(compiler === undefined)(
  'the self-test in the C passes, and names the first layer that differs after a change',
  async () => {
    const folder = sandbox.at('c');
    expect(
      await sandbox.run(['compile', model, '-o', folder, '--name', 'digits', '--quiet', ...calibrate()]),
    ).toMatchObject({ code: 0 });
    const source = readFileSync(join(folder, 'digits.c'), 'utf8');
    writeFileSync(join(folder, 'main.c'), SELF_TEST);
    expect(selfTest(folder, source)).toBe('null');
    for (const layer of ['conv0', 'conv1', 'dense1']) {
      expect(selfTest(folder, withOneDigitChanged(source, `${layer}_weights`)), layer).toBe(layer);
    }
  },
);

const SELF_TEST = `#include <stdio.h>
#include "digits.h"
int main(void)
{
    static digits_arena arena;
    const char *layer = digits_selftest(&arena);
    printf("%s", layer == 0 ? "null" : layer);
    return 0;
}
`;

/** Compiles the text with its self-test and says what it reports. */
function selfTest(folder: string, text: string): string {
  writeFileSync(join(folder, 'changed.c'), text);
  const args = ['-std=c99', '-O1', '-DDIGITS_SELFTEST', 'changed.c', 'main.c', '-o', 'main'];
  const compiled = spawnSync(compiler!, args, { cwd: folder, encoding: 'utf8' });
  expect(compiled.stderr).toBe('');
  return spawnSync(join(folder, 'main'), { encoding: 'utf8' }).stdout;
}

/** Changes the leading digit of the table's weight in the middle that has most of them: 1xx becomes -1xx, 87 becomes 17. */
function withOneDigitChanged(source: string, table: string): string {
  const start = source.indexOf('{', source.indexOf(`${table}[`));
  const end = source.indexOf('}', start);
  const values = source.slice(start, end);
  const changed = values.replace(
    /([ -])([2-9])(\d,)/,
    (_, sign: string, _digit: string, rest: string) => `${sign}1${rest}`,
  );
  expect(changed).not.toBe(values);
  return source.slice(0, start) + changed + source.slice(end);
}

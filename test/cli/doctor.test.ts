import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy, writeNpy } from '@kiln/formats';
import { beforeAll, expect, test } from 'vitest';
import { errorCodes, ROOT, Sandbox } from './kiln-process.js';
import { saveModel, tinyModel } from './tiny-model.js';

const sandbox = new Sandbox();
const uneven = sandbox.at('uneven');
const healed = sandbox.at('healed');
const DATA = ['--calibrate', join(uneven, 'samples.npy'), '--inputs', join(uneven, 'test.npy')];
const LABELS = ['--labels', join(uneven, 'labels.npy')];

interface Figures {
  readonly name: string;
  readonly plan: { readonly equalize: boolean; readonly wide: readonly string[] } | null;
  readonly choosing: number;
  readonly heldOut: number;
  readonly drop: number;
  readonly constantBytes: number;
  readonly arenaBytes: number;
  readonly macs: number;
}

interface Document {
  readonly measure: string;
  readonly float: Figures;
  readonly layers: readonly { readonly name: string; readonly channels: { readonly lost: readonly number[] } }[];
  readonly treatments: readonly Figures[];
  readonly best: Figures | null;
}

let document: Document;
const treatment = (name: string): Figures => document.treatments.find((figures) => figures.name === name)!;

/** Percent of what `kiln run` wrote that has its greatest score at the label. */
function rightAnswers(): number {
  const read = (file: string): number[] => [...readNpy(readFileSync(file), file).data].map(Number);
  const [scores, labels] = [read(sandbox.at('out', 'output_0.npy')), read(join(uneven, 'labels.npy'))];
  const right = labels.filter((label, i) => {
    const row = scores.slice(4 * i, 4 * i + 4);
    return row.indexOf(Math.max(...row)) === label;
  });
  return (100 * right.length) / labels.length;
}

beforeAll(async () => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/make-uneven.mjs'), uneven]);
  const ended = await sandbox.run(['doctor', uneven, ...DATA, ...LABELS, '--apply', '-o', healed, '--json']);
  expect(ended).toMatchObject({ code: 0 });
  document = JSON.parse(ended.stdout) as Document;
}, 300_000);

test('plain int8 ruins a network with uneven channels, and the doctor sees where', () => {
  expect(document.measure).toBe('accuracy');
  expect(document.float.heldOut).toBeGreaterThan(94);
  // Four classes: a guess.
  expect(treatment('int8').heldOut).toBeLessThan(35);
  expect(treatment('int8').choosing).toBeLessThan(35);
  const [conv, ...others] = document.layers;
  expect([conv!.name, conv!.channels.lost]).toEqual(['conv', [4, 5, 6, 7, 8, 9, 10, 11]]);
  for (const { channels } of others) expect(channels.lost).toEqual([]);
});

test('equalized channels heal it, and so do 16 bits between the two layers; what does not help is told too', () => {
  for (const name of ['equalized channels', '16 bits in conv']) {
    expect(document.float.heldOut - treatment(name).heldOut).toBeLessThan(2);
    expect(treatment(name).drop).toBeLessThan(1);
  }
  for (const name of ['corrected biases', 'ranges by min-max']) expect(treatment(name).heldOut).toBeLessThan(35);
  expect(document.best!.drop).toBeLessThanOrEqual(0.5);
  expect(document.float.heldOut - document.best!.heldOut).toBeLessThan(2);
  expect(document.best!.plan).toMatchObject({ equalize: true, wide: [] });
});

test(
  'what was applied compiles to the same figures, answers as well, and is the same in C',
  { timeout: 300_000 },
  async () => {
    const compiled = await sandbox.run(['compile', healed, '-o', sandbox.at('c'), '--json']);
    const { constantBytes, arenaBytes, macs } = document.best!;
    expect(JSON.parse(compiled.stdout)).toMatchObject({ precision: 'int8', constantBytes, arenaBytes, macs });
    const verified = await sandbox.run(['verify', healed, '--on', 'host', '--quantize', 'int8', '--count', '40']);
    expect(verified).toMatchObject({ code: 0 });
    const test = join(uneven, 'test.npy');
    const run = (model: string): Promise<{ code: number | null }> =>
      sandbox.run([
        'run',
        model,
        '--on',
        'reference',
        '--quantize',
        'int8',
        '--input',
        test,
        '--out-dir',
        sandbox.at('out'),
      ]);
    expect(await run(healed)).toMatchObject({ code: 0 });
    expect(rightAnswers()).toBeCloseTo((document.best!.choosing * 199 + document.best!.heldOut * 201) / 400, 6);
    // The record alone makes the difference: without it the answers are those of a guess.
    const record = readFileSync(join(healed, 'quantization.json'));
    rmSync(join(healed, 'quantization.json'));
    expect(await run(healed)).toMatchObject({ code: 0 });
    expect(rightAnswers()).toBeLessThan(35);
    writeFileSync(join(healed, 'quantization.json'), record);
  },
);

test('the text names the layers, the cures and the files', { timeout: 300_000 }, async () => {
  const { code, stdout } = await sandbox.run(['doctor', uneven, ...DATA, '--count', '40']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^conv +conv2d .* 8\/12 /m);
  expect(stdout).toContain("by classes that are the float network's among 40 inputs");
  expect(stdout).toMatch(/^equalized channels /m);
  expect(stdout).toMatch(/^best {6}/m);
});

test('a record of a model that changed, and one that is none, are errors', async () => {
  const folder = saveModel(sandbox.at('changed'));
  const file = join(folder, 'quantization.json');
  const compile = (): ReturnType<Sandbox['run']> => sandbox.run(['compile', folder, '-o', sandbox.at('unused')]);
  writeFileSync(file, readFileSync(join(healed, 'quantization.json')));
  const changed = await compile();
  expect([changed.code, errorCodes(changed)]).toEqual([1, ['E-QUANTIZATION-MODEL']]);
  for (const text of ['{', '{"version":2}', '[]']) {
    writeFileSync(file, text);
    const broken = await compile();
    expect([broken.code, errorCodes(broken)]).toEqual([1, ['E-QUANTIZATION-RECORD']]);
  }
});

test('nothing is written where no cure is good enough', { timeout: 300_000 }, async () => {
  const model = tinyModel();
  model.layers.at(-1)!.config['activation'] = 'linear';
  const folder = saveModel(sandbox.at('numbers'), model);
  const output = sandbox.at('nothing');
  // It answers numbers, and no integer meets them all exactly.
  const ended = await sandbox.run(['doctor', folder, '--max-drop', '0', '--apply', '-o', output, '--json']);
  expect([ended.code, errorCodes(ended)]).toEqual([1, ['E-DOCTOR-DROP']]);
  expect(JSON.parse(ended.stdout)).toMatchObject({ measure: 'determination', best: null, files: [] });
  expect(existsSync(output)).toBe(false);
});

test.each([
  [['doctor', '--apply', '-o', 'x'], 2, 'E-DOCTOR-MODEL'],
  [['doctor', 'tiny', '--apply'], 2, 'E-DOCTOR-OUTPUT'],
  [['doctor', 'tiny', '--labels', 'labels.npy'], 1, 'E-DOCTOR-LABELS'],
  [['doctor', 'tiny', '--labels', 'tiny/calibration.npy'], 1, 'E-DOCTOR-LABEL-VALUES'],
  [['doctor', 'bare/model.json'], 1, 'E-DOCTOR-SAMPLES'],
])('kiln %j ends with %i and %s', async (args, code, error) => {
  saveModel(sandbox.at('tiny'));
  rmSync(join(saveModel(sandbox.at('bare')), 'calibration.npy'));
  writeFileSync(sandbox.at('labels.npy'), writeNpy({ dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 1, 2) }));
  const ended = await sandbox.run(args);
  expect([ended.code, errorCodes(ended)]).toEqual([code, [error]]);
});

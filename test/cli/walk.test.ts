import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { writeTfliteTables } from '../../packages/formats/src/testing/write-tflite.js';
import { sampleModels } from '../fuzz/sample-models.js';
import { ROOT, Sandbox } from './kiln-process.js';

// The whole notebook in one command, for one epoch: every network, every picture.

const sandbox = new Sandbox();
const { KILN_DATA } = process.env;
const env = KILN_DATA === undefined ? {} : { KILN_DATA };

interface WalkDocument {
  readonly figures: readonly {
    readonly network: string;
    readonly macs: number;
    readonly accuracy: { readonly float32: number; readonly int8: number } | null;
    readonly error: { readonly float32: number; readonly int8: number } | null;
  }[];
  readonly pictures: readonly { readonly file: string; readonly caption: string }[];
}

test('the walk trains, proves and draws all of the notebook; its pages have every picture that docs/digits.md shows', async () => {
  const output = sandbox.at('walk');
  const ended = await sandbox.run(['walk', '--epochs', '1', '-o', output, '--json'], { env });
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
  const { figures, pictures } = JSON.parse(ended.stdout) as WalkDocument;
  expect(figures.map(({ network }) => network)).toEqual(['linear', 'pca', 'cnn', 'autoencoder2', 'autoencoder16']);
  expect(figures.find(({ network }) => network === 'cnn')).toMatchObject({ macs: 380_288 });
  for (const { accuracy, error } of figures) {
    const { float32, int8 } = accuracy ?? error!;
    expect(float32).toBeGreaterThan(0);
    expect(float32).toBeLessThan(1);
    expect(Math.abs(int8 - float32)).toBeLessThan(0.05);
  }
  expect(ended.stderr.match(/C on host int8: [\d,]+ inputs compared, 0 differ/g)).toHaveLength(5);
  for (const { file, caption } of pictures) {
    expect(statSync(file).size).toBeGreaterThan(500);
    expect(statSync(file.replace(/svg$/, 'png')).size).toBeGreaterThan(500);
    expect(caption).not.toMatch(/NaN|undefined/);
  }
  const shown = [...readFileSync(join(ROOT, 'docs/digits.md'), 'utf8').matchAll(/images\/digits\/([\w-]+)\.svg/g)];
  expect(shown.length).toBeGreaterThan(12);
  const drawn = pictures.map(({ file }) => file.split('/').slice(-2).join('-'));
  for (const [, name] of shown) {
    expect(drawn).toContain(`${name}.svg`);
    expect(existsSync(join(ROOT, 'docs/images/digits', `${name}.svg`))).toBe(true);
  }

  // Of a model that was trained all there is to see is drawn; what is not Kiln's stays.
  const model = join(output, 'models', 'autoencoder2');
  const folder = sandbox.folder('pictures');
  writeFileSync(join(folder, 'plane.svg'), 'mine');
  const refused = await sandbox.run(['pictures', model, '-o', folder]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('plane.svg') as string });
  expect(readFileSync(join(folder, 'plane.svg'), 'utf8')).toBe('mine');
  const forced = await sandbox.run(['pictures', model, '-o', folder, '--force', '--json']);
  expect(JSON.parse(forced.stdout)).toMatchObject({
    pictures: ['loss', 'filters', 'weights', 'reconstructions', 'plane', 'decoded'].map((name) => ({ name })),
  });
  const again = await sandbox.run(['pictures', model, '-o', folder]);
  expect(again.code).toBe(0);
});

test('a model of others is drawn as far as it can be seen', async () => {
  const file = sandbox.at('model.tflite');
  writeFileSync(file, writeTfliteTables(sampleModels()[1]!));
  const ended = await sandbox.run(['pictures', file, '-o', sandbox.at('others'), '--json']);
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
  const { files } = JSON.parse(ended.stdout) as { files: string[] };
  for (const name of files) expect(existsSync(sandbox.at('others', name))).toBe(true);
});

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy, WRITERS } from '@kiln/formats';
import { beforeAll, expect, test } from 'vitest';
import { type Ended, Sandbox } from './kiln-process.js';
import { saveInputs, saveModel, tinyModel } from './tiny-model.js';

const sandbox = new Sandbox();
const model = sandbox.at('model');

const exportTo = (format: string, output: string, ...flags: string[]): Promise<Ended> =>
  sandbox.run(['export', model, '--format', format, '-o', output, ...flags]);

beforeAll(() => {
  saveModel(model, tinyModel());
});

/** All files below a path, with their contents. */
function filesBelow(path: string): Record<string, Buffer> {
  if (statSync(path).isFile()) return { '': readFileSync(path) };
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    files.filter((name) => statSync(join(path, name)).isFile()).map((name) => [name, readFileSync(join(path, name))]),
  );
}

test.each(WRITERS)('$format is written, the same bytes each time', async ({ format, kind }) => {
  const outputs = ['first', 'second'].map((name) => sandbox.at(`${format}-${name}`));
  for (const output of outputs) {
    const ended = await exportTo(format, output, '--json');
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
    const { files } = JSON.parse(ended.stdout) as { files: { path: string; bytes: number }[] };
    for (const { path, bytes } of files) expect(statSync(path).size).toBe(bytes);
    expect(statSync(output).isDirectory()).toBe(kind === 'folder');
  }
  expect(filesBelow(outputs[0]!)).toEqual(filesBelow(outputs[1]!));
});

test('what is there is never touched without --force', async () => {
  const output = sandbox.at('taken');
  mkdirSync(output);
  writeFileSync(join(output, 'mine.txt'), 'mine');
  const refused = await exportTo('saved-model', output);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/E-EXPORT-EXISTS.*--force/);
  expect(readdirSync(output)).toEqual(['mine.txt']);

  const forced = await exportTo('saved-model', output, '--force');
  expect(forced.code).toBe(0);
  expect(readdirSync(output).sort()).toEqual(['mine.txt', 'saved_model.pb', 'variables']);

  const file = await exportTo('frozen-graph', output, '--force');
  expect(file.code).toBe(1);
  expect(file.stderr).toContain('is a folder, expected a file');
});

test('one tensor is exported by its name, and another name is answered with those there are', async () => {
  const output = sandbox.at('one-tensor');
  expect((await exportTo('saved-model', output, '--tensor', 'dense/weights')).code).toBe(0);
  expect(readFileSync(join(output, 'variables/variables.data-00000-of-00001')).length).toBe(4 * 3 * 8);

  const refused = await exportTo('saved-model', sandbox.at('no-tensor'), '--tensor', 'dense9/weights');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/E-EXPORT-TENSOR: --tensor dense9\/weights: .*conv\/weights, .*dense\/weights/);
  expect(existsSync(sandbox.at('no-tensor'))).toBe(false);
});

test('a .tflite in int8 is the network that is compiled: read again it answers the same, byte for byte', async () => {
  const inputs = saveInputs(sandbox.at('inputs.npy'), 5);
  const output = sandbox.at('int8.tflite');
  expect((await exportTo('tflite', output, '--quantize', 'int8', '--calibrate', inputs)).code).toBe(0);
  const answers = async (from: string, ...flags: string[]): Promise<Buffer> => {
    const folder = sandbox.at(`answers of ${from === output ? 'the export' : 'the model'}`);
    const ended = await sandbox.run([
      'run',
      from,
      '--on',
      'reference',
      '--input',
      inputs,
      '--out-dir',
      folder,
      ...flags,
    ]);
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
    return readFileSync(join(folder, 'output_0.npy'));
  };
  const expected = await answers(model, '--quantize', 'int8', '--calibrate', inputs);
  expect(readNpy(expected, 'expected')).toMatchObject({ dtype: 'int8', shape: [5, 3] });
  expect((await answers(output)).equals(expected)).toBe(true);
});

/** What `kiln run --on reference` answers. */
async function answersOf(from: string, inputs: string, ...flags: string[]): Promise<ArrayLike<number | bigint>> {
  const folder = sandbox.folder('answers');
  const ended = await sandbox.run([
    ...['run', from, '--on', 'reference', '--input', inputs, '--out-dir', folder],
    ...flags,
  ]);
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
  return readNpy(readFileSync(join(folder, 'output_0.npy')), 'answers').data;
}

test('an .onnx, float and with its integers, answers the same in every command that reads a model', async () => {
  const inputs = saveInputs(sandbox.at('onnx-inputs.npy'), 5);
  const [float, int8] = [sandbox.at('alone', 'network.onnx'), sandbox.at('qdq.onnx')];
  sandbox.folder('alone');
  expect((await exportTo('onnx', float, '--quantize', 'float32')).code).toBe(0);
  expect((await exportTo('onnx', int8, '--quantize', 'int8', '--calibrate', inputs)).code).toBe(0);

  const expected = await answersOf(model, inputs, '--quantize', 'float32');
  // A folder with one such file in it is that file.
  expect(await answersOf(sandbox.at('alone'), inputs)).toEqual(expected);
  const integers = await answersOf(model, inputs, '--quantize', 'int8', '--calibrate', inputs);
  // The file's outputs are reals; those of a softmax are steps of 1/256 above -128.
  const reals = await answersOf(int8, inputs);
  expect(Array.from(reals, (real) => Number(real) * 256 - 128)).toEqual(Array.from(integers));

  const inspected = await sandbox.run(['inspect', int8]);
  expect(inspected.code).toBe(0);
  expect(inspected.stdout).toMatch(/conv2d/);
  const verified = await sandbox.run(['verify', int8, '--on', 'reference,host', '--count', '5']);
  expect({ code: verified.code, stderr: verified.stderr }).toMatchObject({ code: 0 });
  const compiled = await sandbox.run([
    'compile',
    float,
    '-o',
    sandbox.at('compiled'),
    '--quantize',
    'int8',
    '--calibrate',
    inputs,
  ]);
  expect({ code: compiled.code, stderr: compiled.stderr }).toMatchObject({ code: 0 });
  expect(readdirSync(sandbox.at('compiled'))).toContain('network.c');
});

test('formats of float networks refuse to quantize', async () => {
  const refused = await exportTo('h5', sandbox.at('int8.h5'), '--quantize', 'int8');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/E-EXPORT-NUMBERS: --quantize int8: .*h5 holds the float network.*tflite/);
  expect(existsSync(sandbox.at('int8.h5'))).toBe(false);
});

test('a format that there is not is answered with those there are', async () => {
  const ended = await exportTo('onyx', sandbox.at('nothing'));
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('saved-model');
});

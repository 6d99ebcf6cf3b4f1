import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programInPath, Sandbox } from './kiln-process.js';
import { saveModel, type TinyModel, tinyModel } from './tiny-model.js';

// Names come from the model's file, and nobody knows who wrote that.

const sandbox = new Sandbox();
const compiler = ['gcc', 'clang', 'cc'].map(programInPath).find((path) => path !== null);
const WARNINGS = ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror'];
/* eslint-disable no-control-regex */
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;
/* eslint-enable no-control-regex */
let count = 0;

/** The tiny model with other names for itself and its first and last layer. */
function named(name: string, first: string, last: string): string {
  const model: TinyModel = tinyModel(name);
  const rename = (old: string, fresh: string): void => {
    for (const layer of model.layers) if (layer.config['name'] === old) layer.config['name'] = fresh;
    for (const weight of model.weights) weight.name = weight.name.replace(`${old}/`, `${fresh}/`);
  };
  rename('conv', first);
  rename('dense', last);
  return saveModel(sandbox.at(`named-${count++}`), model);
}

const LONG = 'n'.repeat(10_000);
const HOSTILE: readonly (readonly [string, string, string, string])[] = [
  ['escape codes', '\u001b]0;owned\u0007\u001b[2J', '\u001b[31mred\u001b[8m', '\u009b2J\u202Egnp.exe'],
  ['paths', '../../../../tmp/evil', '/etc/passwd', 'a/../../b'],
  ['ten thousand characters', LONG, `${LONG}a`, `${LONG}b`],
  ['reserved words', 'int', 'while', 'restrict'],
  ['names of the C library', 'printf', 'memcpy', 'exp'],
  ['names of the generated code', 'arena', 'infer', 'scores'],
  ['names of macros', 'errno', 'NULL', 'INT8_MAX'],
  ['ends of comments and strings', '*/ int main(void) { return 1; } /*', '*/ #error no', '"; x = "\\'],
  ['line breaks', 'a\n#error b', 'c\r\n#error d', '\\\n??/\n'],
  ['lines that look like errors', 'x\nerror E-FAKE: y', 'error E-FAKE: z', '\nerror E-FAKE: w'],
  ['nothing but signs', '...', '---', '\u{1f525}'],
  ['digits and blanks', '3 d', '1', ' '],
];

test.each(HOSTILE)(
  '%s in names neither steer the terminal nor a path, and the C compiles',
  async (_what, name, first, last) => {
    const model = named(name, first, last);
    const folder = sandbox.folder(`out-${count++}`, 'inner');
    const ended = await sandbox.run(['compile', model, '-o', folder, '--quantize', 'float32']);
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
    expect(ended.stdout + ended.stderr).not.toMatch(STEERING);
    expect(ended.stderr).not.toMatch(/^error/m);
    expect(ended.stdout.split('\n')).toHaveLength(12);
    for (const line of ended.stdout.split('\n')) expect(line.length).toBeLessThan(2000);
    const [header = '', source = ''] = readdirSync(folder).sort().reverse();
    expect([header, source].join(' ')).toMatch(/^([a-z][a-z0-9_]{0,30})\.h \1\.c$/);
    expect(readdirSync(join(folder, '..'))).toEqual(['inner']);
    const text = readFileSync(join(folder, source), 'utf8') + readFileSync(join(folder, header), 'utf8');
    expect(text).not.toMatch(STEERING);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(1000);
    const prefix = source.slice(0, -2).toUpperCase();
    const flags = [...WARNINGS, `-D${prefix}_SELFTEST`, '-c', source, '-o', 'object.o'];
    const compiled = compiler === undefined ? null : spawnSync(compiler, flags, { cwd: folder, encoding: 'utf8' });
    expect(compiled === null ? '' : compiled.stderr).toBe('');
  },
);

test('a target of a model with a hostile name stays in its folder, and its text harmless', async () => {
  const model = named('../../\u001b[2J"\n--> `x` ${y}', 'conv', 'dense');
  const folder = sandbox.folder('target', 'inner');
  const ended = await sandbox.run(['compile', model, '-o', folder, '--quantize', 'float32', '--target', 'zephyr']);
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
  expect(readdirSync(sandbox.at('target'))).toEqual(['inner']);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  expect(files.length).toBeGreaterThan(8);
  for (const { parentPath, name } of files) {
    expect(name).toMatch(/^[\w.-]+$/);
    expect(readFileSync(join(parentPath, name), 'utf8')).not.toMatch(STEERING);
  }
});

test.each(['best', 'scores', 'arena', 'x', 'weights', 'observer', 'int', '*/'])(
  'an input called %j, and the C compiles',
  async (input) => {
    const model = tinyModel();
    model.extra = {
      userDefinedMetadata: {
        kiln: {
          input: { name: input, dtype: 'uint8', shape: [4, 4, 1] },
          scaler: { mean: Array<number>(16).fill(3), standardDeviation: Array<number>(16).fill(2) },
          classes: ['*/', '\\', '\n#error'],
        },
      },
    };
    const folder = sandbox.folder(`input-${count++}`);
    const path = saveModel(sandbox.at(`named-${count++}`), model);
    rmSync(join(path, 'calibration.npy'));
    expect(await sandbox.run(['compile', path, '-o', folder, '--quantize', 'float32', '--quiet'])).toMatchObject({
      code: 0,
      stderr: '',
    });
    const flags = [...WARNINGS, '-DTINY_SELFTEST', '-c', 'tiny.c', '-o', 'object.o'];
    const compiled = compiler === undefined ? null : spawnSync(compiler, flags, { cwd: folder, encoding: 'utf8' });
    expect(compiled === null ? '' : compiled.stderr).toBe('');
  },
);

test('inspect and its JSON show hostile names without harm and without loss', async () => {
  const model = named('\u001b[2J\u009b\u202e', 'a\nerror E-FAKE: b', '\u001b[31mred');
  const shown = await sandbox.run(['inspect', model]);
  expect({ code: shown.code, stderr: shown.stderr }).toEqual({ code: 0, stderr: '' });
  expect(shown.stdout).not.toMatch(STEERING);
  expect(shown.stdout).not.toMatch(/^error/m);
  const json = await sandbox.run(['inspect', model, '--json']);
  expect(json.stdout).not.toMatch(STEERING);
  expect(JSON.parse(json.stdout)).toMatchObject({
    name: '\u001b[2J\u009b\u202e',
    layers: [{ name: 'a\nerror E-FAKE: b' }, {}, {}, {}, {}, {}],
  });
});

test('--name is made a C identifier and stays in its folder', async () => {
  const model = saveModel(sandbox.at('plain'));
  const folder = sandbox.folder('by-name', 'inner');
  const ended = await sandbox.run(['compile', model, '-o', folder, '--quantize', 'float32', '--name', '../évil name']);
  expect(ended).toMatchObject({ code: 0 });
  expect(readdirSync(folder).sort()).toEqual(['e_vil_name.c', 'e_vil_name.h']);
  expect(readdirSync(sandbox.at('by-name'))).toEqual(['inner']);
});

import { readFileSync, writeFileSync } from 'node:fs';
import { readNpy, writeNpy } from '@kiln/formats';
import { expect, test } from 'vitest';
import { writeTflite } from '../../packages/formats/src/testing/write-tflite.js';
import { branch, loop, variables } from '../fuzz/sample-memory-models.js';
import { errorCodes, Sandbox } from './kiln-process.js';

const sandbox = new Sandbox();

function save(name: string, bytes: Uint8Array): string {
  writeFileSync(sandbox.at(name), bytes);
  return sandbox.at(name);
}

/** Adds each input to a sum that starts with 1, 2, 3. */
const summing = save('summing.tflite', writeTflite(variables));
const looping = save('looping.tflite', writeTflite(loop));
const branching = save('branching.tflite', writeTflite(branch));

function saveFloats(name: string, shape: readonly number[], values: readonly number[]): string {
  return save(name, writeNpy({ shape, dtype: 'float32', data: Float32Array.from(values) }));
}

const run = (model: string, engine: string, folder: string, ...more: string[]) =>
  sandbox.run(['run', model, '--on', engine, '--out-dir', sandbox.at(folder), ...more]);

function output(folder: string, index = 0): { shape: readonly number[]; values: number[] } {
  const { shape, data } = readNpy(readFileSync(sandbox.at(folder, `output_${index}.npy`)), 'output');
  return { shape, values: [...data].map(Number) };
}

test.each(['reference', 'host'])('a longer input of a model that remembers runs step by step on %s', async (engine) => {
  const input = saveFloats('stream.npy', [3, 3], [1, 1, 1, 10, 20, 30, -1, -2, -3]);
  expect(await run(summing, engine, `steps-${engine}`, '--steps', '--input', input)).toMatchObject({ code: 0 });
  expect(output(`steps-${engine}`)).toEqual({ shape: [3, 3], values: [2, 3, 4, 12, 23, 34, 11, 21, 31] });
  // Longer along the one dimension that the input has: the same stream.
  const flat = saveFloats('flat.npy', [9], [1, 1, 1, 10, 20, 30, -1, -2, -3]);
  expect(await run(summing, engine, `flat-${engine}`, '--steps', '--input', flat)).toMatchObject({ code: 0 });
  expect(output(`flat-${engine}`).values).toEqual(output(`steps-${engine}`).values);
});

test('one input needs no --steps and starts afresh; several without it are an error, and so is half a step', async () => {
  const one = saveFloats('one.npy', [3], [1, 1, 1]);
  for (let times = 0; times < 2; times++) {
    expect(await run(summing, 'reference', 'one', '--input', one)).toMatchObject({ code: 0 });
    expect(output('one')).toEqual({ shape: [3], values: [2, 3, 4] });
  }
  const two = saveFloats('two.npy', [2, 3], [1, 1, 1, 2, 2, 2]);
  const refused = await run(summing, 'reference', 'two', '--input', two);
  expect({ code: refused.code, codes: errorCodes(refused) }).toEqual({ code: 2, codes: ['E-STEPS'] });
  const odd = saveFloats('odd.npy', [4], [1, 1, 1, 2]);
  expect(errorCodes(await run(summing, 'reference', 'odd', '--steps', '--input', odd))).toEqual(['E-NPY-SHAPE']);
});

test('the C of a model that remembers has a state and a reset, and its self-test starts each input afresh', async () => {
  expect(await sandbox.run(['compile', summing, '-o', sandbox.at('c')])).toMatchObject({ code: 0 });
  const header = readFileSync(sandbox.at('c', 'summing.h'), 'utf8');
  expect(header).toContain('void summing_reset(summing_state *state);');
  expect(header).toMatch(
    /void summing_run\(const float x_\[3\], float after\[3\], summing_arena \*arena, summing_state \*state\);/,
  );
  const source = readFileSync(sandbox.at('c', 'summing.c'), 'utf8');
  expect(source).toMatch(/initial_sum\[3\] = \{\n\s+1\.0f, 2\.0f, 3\.0f,/);
  expect(source).toMatch(/for \(progress\.vector[^]*summing_reset\(&memory\);/);
});

test('inspect shows states, and graphs within nodes', async () => {
  expect((await sandbox.run(['inspect', summing])).stdout).toMatch(/^states {2}sum float32\[3\]$/m);
  const shown = (await sandbox.run(['inspect', branching])).stdout;
  expect(shown).toMatch(/^y +if .*\n {2}y +add .*\n {2}y +mul /m);
  const { layers } = JSON.parse((await sandbox.run(['inspect', branching, '--json'])).stdout) as {
    layers: { op: string; depth: number }[];
  };
  expect(layers.map(({ op, depth }) => `${op} ${depth}`)).toEqual(['if 0', 'add 1', 'mul 1']);
});

test.each([
  ['that remembers', summing],
  ['that branches', branching],
  ['that loops', looping],
])('verify proves a model %s', async (_, model) => {
  const verified = await sandbox.run(['verify', model, '--on', 'host', '--json']);
  expect({ code: verified.code, stderr: verified.stderr }).toMatchObject({ code: 0 });
});

test('a loop ends where it should, and one that does not is an error instead of a hang', async () => {
  const count = (name: string, value: number): string =>
    save(name, writeNpy({ shape: [1], dtype: 'int32', data: Int32Array.of(value) }));
  const x = saveFloats('x.npy', [2], [1, -3]);
  expect(await run(looping, 'host', 'loop', '--input', count('two', 2), '--input', x)).toMatchObject({ code: 0 });
  expect([output('loop').values, output('loop', 1).values]).toEqual([[4], [4, -12]]);
  const endless = await run(looping, 'host', 'endless', '--input', count('far', -(2 ** 31)), '--input', x);
  expect({ code: endless.code, codes: errorCodes(endless) }).toEqual({ code: 1, codes: ['E-LOOP'] });
});

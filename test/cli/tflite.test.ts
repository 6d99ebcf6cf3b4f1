import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy, writeNpy } from '@kiln/formats';
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  type ModelPlan,
  type TensorPlan,
  writeTflite,
  writeTfliteTables,
} from '../../packages/formats/src/testing/write-tflite.js';
import { mutateModel } from '../fuzz/mutate-model.js';
import { errorCodes, Sandbox } from './kiln-process.js';

const sandbox = new Sandbox();

/** Mutated files that go through the command; `KILN_HOSTILE_COMMANDS` asks for more, `KILN_HOSTILE_SEED` for the first seed. */
const COMMANDS = Number(process.env['KILN_HOSTILE_COMMANDS'] ?? 8);
const FIRST_SEED = Number(process.env['KILN_HOSTILE_SEED'] ?? 1);

const weights: TensorPlan = {
  name: 'w',
  shape: [2, 3],
  type: 'INT8',
  bytes: bytesOf(Int8Array.of(100, -50, 25, -3, 2, 1)),
  scale: [0.01, 0.02],
};
const bias: TensorPlan = {
  name: 'b',
  shape: [2],
  type: 'INT32',
  bytes: bytesOf(Int32Array.of(10, -20)),
  scale: [0.005, 0.01],
};

/** y = W x + b, with names to choose. */
function plan(input = 'x', output = 'y'): ModelPlan {
  return {
    tensors: [
      { name: input, shape: [1, 3], type: 'INT8', scale: [0.5], zeroPoint: [0] },
      weights,
      bias,
      { name: output, shape: [1, 2], type: 'INT8', scale: [0.02], zeroPoint: [-1] },
    ],
    operators: [{ op: 'FULLY_CONNECTED', inputs: [0, 1, 2], outputs: [3] }],
    inputs: [0],
    outputs: [3],
  };
}

function save(name: string, bytes: Uint8Array): string {
  const file = sandbox.at(name);
  writeFileSync(file, bytes);
  return file;
}

test('a .tflite file is inspected, run, verified and becomes C', async () => {
  const model = save('tiny.tflite', writeTflite(plan()));
  expect((await sandbox.run(['inspect', model])).stdout).toMatch(/inputs {2}x int8\[1, 3\][^]*y +dense +2 +8 +6/);
  const shape = [2, 3];
  writeFileSync(sandbox.at('x.npy'), writeNpy({ shape, dtype: 'int8', data: Int8Array.of(4, 8, -12, 127, 0, -128) }));
  const ran = await sandbox.run([
    'run',
    model,
    '--on',
    'reference',
    '--input',
    sandbox.at('x.npy'),
    '--out-dir',
    sandbox.folder('answers'),
  ]);
  expect(ran).toMatchObject({ code: 0 });
  const answers = readNpy(readFileSync(join(sandbox.at('answers'), 'output_0.npy')), 'output_0.npy');
  // (100*4 - 50*8 + 25*-12 + 10) * 0.005 / 0.02 - 1 = -72.5 - 1, ties away from zero.
  expect([...answers.data].map(Number)).toEqual([-74, -15, 127, -128]);
  expect(await sandbox.run(['compile', model, '-o', sandbox.at('c')])).toMatchObject({ code: 0 });
  expect(readdirSync(sandbox.at('c')).sort()).toEqual(['tiny.c', 'tiny.h']);
  const verified = await sandbox.run(['verify', model, '--json']);
  expect(verified).toMatchObject({ code: 0 });
});

test('a folder with one .tflite file is that model, one with two is asked for its name', async () => {
  const folder = sandbox.folder('models');
  save('models/one.tflite', writeTflite(plan()));
  expect(await sandbox.run(['inspect', folder])).toMatchObject({ code: 0 });
  copyFileSync(join(folder, 'one.tflite'), join(folder, 'two.tflite'));
  const ended = await sandbox.run(['inspect', folder]);
  expect(errorCodes(ended)).toEqual(['E-MODEL-FOLDER']);
  expect(ended.stderr).toContain('2 .tflite and .onnx files');
});

test('an open batch is noted', async () => {
  const open = plan();
  const tensors = open.tensors.map((tensor, i) =>
    i === 0 ? { ...tensor, fields: { shapeSignature: [-1, 3] } } : tensor,
  );
  const ended = await sandbox.run(['inspect', save('open.tflite', writeTflite({ ...open, tensors }))]);
  expect(ended.stderr).toContain("input 'x' has the open shape [-1, 3]: taken as [1, 3]");
});

test('ten problems of a model are ten errors', async () => {
  const good = plan();
  const spoilt: Partial<TensorPlan>[] = [
    { scale: [-1] },
    { bytes: bytesOf(Int8Array.of(1)) },
    { fields: { buffer: 50 } },
    { shape: [1, -2] },
  ];
  const more: TensorPlan[] = [
    { ...weights, name: 'far', fields: { externalBuffer: 1 } },
    { ...good.tensors[0]!, name: 'odd', zeroPoint: [999] },
    { ...weights, name: 'many', scale: [1, 2, 3] },
    { ...good.tensors[0]!, name: 'vast', shape: [2 ** 30, 9] },
  ];
  const model = save(
    'ten.tflite',
    writeTflite({
      ...good,
      tensors: [...good.tensors.map((tensor, i) => ({ ...tensor, ...spoilt[i] })), ...more],
      operators: [{ op: 'FULLY_CONNECTED', inputs: [0, 1, 200], outputs: [3] }],
      outputs: [99],
    }),
  );
  const ended = await sandbox.run(['compile', model, '-o', sandbox.at('never')]);
  expect({ code: ended.code, codes: errorCodes(ended).length }).toEqual({ code: 1, codes: 10 });
  expect(existsSync(sandbox.at('never'))).toBe(false);
});

test.each([
  ['ends of comments and strings', '*/ #error no', '"; x = "\\'],
  ['trigraphs and line breaks', '??/\n#error b', 'c\r\n#error d'],
  ['paths', '../../etc/passwd', '/etc/passwd'],
  ['reserved words', 'int', 'restrict'],
  ['one name twice', 'same', 'same'],
  ['escape codes', '\u001b[2J', '\u009b2J\u202e'],
  ['ten thousand characters', 'n'.repeat(10_000), 'm'.repeat(10_000)],
  ['nothing', '', ''],
])('%s as names of tensors stay names: the C compiles and equals its reference', async (what, input, output) => {
  const model = save(`${what.replaceAll(' ', '-')}.tflite`, writeTflite(plan(input, output)));
  const ended = await sandbox.run(['verify', model, '--on', 'host', '--json']);
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
  const shown = await sandbox.run(['inspect', model]);
  expect(shown.stdout).not.toContain('\u001b');
  expect(shown.stdout).not.toContain('\u202e');
});

describe('mutated files through the command', () => {
  test(`${COMMANDS} of them each end in C or in an error, and leave nothing half-written`, async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + COMMANDS; seed++) {
      const bytes = mutateModel(seed);
      const model = save(`mutated-${seed}.tflite`, bytes);
      const folder = sandbox.at(`mutated-${seed}`);
      const ended = await sandbox.run(['compile', model, '-o', folder, '--quiet']);
      expect([0, 1], `seed ${seed}: ${ended.stderr}`).toContain(ended.code);
      if (ended.code === 1) {
        expect(errorCodes(ended).length, `seed ${seed}`).toBeGreaterThan(0);
        expect(existsSync(folder), `seed ${seed}`).toBe(false);
      } else expect(readdirSync(folder).length).toBe(2);
      rmSync(folder, { recursive: true, force: true });
    }
  }, 3_600_000);

  test('a file that is only text, and one that is empty', async () => {
    expect(errorCodes(await sandbox.run(['inspect', save('text.tflite', Buffer.from('hello world'))]))).toHaveLength(1);
    expect(errorCodes(await sandbox.run(['inspect', save('empty.tflite', new Uint8Array())]))).toHaveLength(1);
    const empty = save('nothing.tflite', writeTfliteTables({ version: 3 }));
    expect(errorCodes(await sandbox.run(['inspect', empty]))).toEqual(['E-TFLITE-EMPTY']);
  });
});

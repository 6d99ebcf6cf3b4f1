import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { extractWheel, tensorflowDestination } from '../../scripts/setup/extract-wheel.mjs';
import { Reporter } from '../../scripts/setup/progress.mjs';
import { TextStream } from './text-stream.js';
import { zipOf } from './zip-file.js';

const ENTRIES = {
  'tensorflow/libtensorflow_cc.so.2': Buffer.alloc(200_000, 'library'),
  'tensorflow/libtensorflow_framework.so.2': 'framework',
  'tensorflow/include/tensorflow/c/c_api.h': '// C',
  'tensorflow/include/tensorflow/c/eager/c_api.h': '// eager',
  'tensorflow/include/xla/tsl/c/tsl_status.h': '// status',
  'tensorflow/include/tensorflow/core/kernels/matmul.h': '// not wanted',
  'tensorflow/python/keras.py': 'not wanted',
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-wheel-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function extract(bytes: Buffer) {
  const wheel = join(folder, 'a.whl');
  writeFileSync(wheel, bytes);
  const options = {
    signal: new AbortController().signal,
    reporter: new Reporter(new TextStream()),
    label: 'unpacking',
  };
  return extractWheel(wheel, (name) => tensorflowDestination(name, join(folder, 'out')), options);
}

test('the libraries and the C headers are taken out of the wheel, nothing else', async () => {
  expect(await extract(zipOf(ENTRIES))).toBe(5);
  const files = readdirSync(join(folder, 'out'), { recursive: true, withFileTypes: true });
  expect(files.filter((file) => file.isFile())).toHaveLength(5);
  const library = readFileSync(join(folder, 'out/lib/libtensorflow_cc.so.2'));
  expect(library.equals(ENTRIES['tensorflow/libtensorflow_cc.so.2'])).toBe(true);
  expect(readFileSync(join(folder, 'out/include/tensorflow/c/eager/c_api.h'), 'utf8')).toBe('// eager');
});

test('a name that leads out of the folder goes nowhere', () => {
  expect(tensorflowDestination('tensorflow/include/tensorflow/c/../../../../../evil.h', folder)).toBeUndefined();
});

test('a wheel that was cut off is refused', async () => {
  const whole = zipOf(ENTRIES);
  await expect(extract(whole.subarray(0, whole.length - 100))).rejects.toThrow();
  expect(existsSync(join(folder, 'out'))).toBe(false);
});

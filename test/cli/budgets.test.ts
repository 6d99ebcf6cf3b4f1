import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCodes, Sandbox } from './kiln-process.js';
import { saveModel, tinyModel, weight } from './tiny-model.js';

// What kernels are chosen for, and budgets of flash, RAM and instructions.

const sandbox = new Sandbox();

/** Two convolutions, the second of 16 channels: transformed weights of its kernel are fast and large. */
function saveSquare(): string {
  const model = tinyModel('square');
  const [first, pool, flatten, dense] = model.layers;
  first!.config['filters'] = 16;
  const config = { name: 'square', filters: 16, kernel_size: [3, 3], padding: 'same', activation: 'relu' };
  model.layers = [first!, { class_name: 'Conv2D', config }, pool!, flatten!, dense!];
  model.weights = [
    weight('conv/kernel', [3, 3, 1, 16], 1),
    weight('conv/bias', [16], 2),
    weight('square/kernel', [3, 3, 16, 16], 3),
    weight('square/bias', [16], 4),
    weight('dense/kernel', [64, 3], 5),
    weight('dense/bias', [3], 6),
  ];
  return saveModel(sandbox.at('square'), model);
}

const model = saveSquare();
const compile = (out: string, ...flags: string[]): ReturnType<Sandbox['run']> =>
  sandbox.run(['compile', model, '-o', sandbox.at(out), '--isa', 'armv7e-m', ...flags]);

interface Budgeted {
  readonly constantBytes: number;
  readonly arenaBytes: number;
  readonly taken?: { readonly instructions: number; readonly flash: number; readonly ram: number };
  readonly front?: readonly unknown[];
}

async function budgeted(out: string, ...flags: string[]): Promise<Budgeted> {
  const { code, stdout, stderr } = await compile(out, '--json', ...flags);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Budgeted;
}

test('compile --optimize: speed, size and RAM are each had, and without a word nothing is weighed', async () => {
  const [plain, speed, size, ram] = [
    await budgeted('plain'),
    await budgeted('speed', '--optimize', 'speed'),
    await budgeted('size', '--optimize', 'size'),
    await budgeted('ram', '--optimize', 'ram'),
  ];
  expect(plain.front).toBeUndefined();
  expect(speed.constantBytes).toBeGreaterThan(2 * plain.constantBytes);
  expect(size.constantBytes).toBeLessThan(plain.constantBytes);
  expect(ram.arenaBytes).toBeLessThan(plain.arenaBytes);
  expect(speed.taken!.instructions).toBeLessThan(size.taken!.instructions / 3);
  expect(speed.front!.length).toBeGreaterThan(2);
});

test('compile --flash: the fastest that keeps it, beside what else could be had', async () => {
  const { code, stdout } = await compile('budget', '--flash', '6K');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^instructions, estimated +weights and tables, B +RAM without stack, B/m);
  const [, flash] = /^ *[\d,]+ +([\d,]+) +[\d,]+ +taken$/m.exec(stdout)!;
  expect(Number(flash!.replaceAll(',', ''))).toBeLessThanOrEqual(6 * 1024);
});

test('a budget that no choice keeps: what is nearest, and nothing written', async () => {
  const ended = await compile('nothing', '--flash', '100', '--instructions', '1K');
  expect(ended.code).toBe(1);
  expect(errorCodes(ended)).toEqual(['E-BUDGET']);
  expect(ended.stderr).toMatch(
    /at most 1,000 instructions, 100 B of weights and tables; the nearest takes [\d,]+ inst/,
  );
  expect(existsSync(sandbox.at('nothing'))).toBe(false);
});

test.each(['0', '-5', 'much', '12X', '1.5'])('--ram %s is no number of bytes', async (text) => {
  const ended = await compile('none', `--ram=${text}`);
  expect(ended.code).toBe(text === '1.5' ? 1 : 2);
});

test('verify: the C of a budget equals the reference', async () => {
  const { code, stdout } = await sandbox.run([
    ...['verify', model, '--on', 'host', '--isa', 'armv7e-m', '--quantize', 'int8'],
    ...['--optimize', 'speed', '--count', '5'],
  ]);
  expect(code, stdout).toBe(0);
});

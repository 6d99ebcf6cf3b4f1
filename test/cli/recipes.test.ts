import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { programInPath, Sandbox } from './kiln-process.js';

// Every recipe but the main one, trained for a few epochs and proven: the C says what the reference says.

const sandbox = new Sandbox();
const engines = ['gcc', 'clang', 'cc'].some((name) => programInPath(name) !== null) ? 'host' : 'reference';
const { KILN_DATA } = process.env;
const env = KILN_DATA === undefined ? {} : { KILN_DATA };

async function train(recipe: string, ...flags: string[]): Promise<{ folder: string; record: TrainingDocument }> {
  const folder = sandbox.at(recipe, 'model');
  const ended = await sandbox.run(['train', recipe, '--epochs', '8', '-o', folder, '--json', ...flags], { env });
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
  return { folder, record: JSON.parse(ended.stdout) as TrainingDocument };
}

interface TrainingDocument {
  readonly parameters: Readonly<Record<string, number>>;
  readonly final: { readonly test: { readonly loss: number; readonly accuracy: number | null } };
}

interface ProofDocument {
  readonly precision: string;
  readonly rootMeanSquareError: number | null;
  readonly accuracy: number | null;
}

async function verify(folder: string): Promise<readonly ProofDocument[]> {
  const ended = await sandbox.run(['verify', folder, '--on', engines, '--count', '5', '--json']);
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
  const { results } = JSON.parse(ended.stdout) as { readonly results: readonly ProofDocument[] };
  expect(results.map(({ precision }) => precision)).toEqual(['int8', 'float32']);
  return results;
}

test.for([
  ['digits-linear', []],
  ['digits-pca', ['--set', 'components=12']],
] as const)('%s learns, and its C is equal', async ([recipe, flags]) => {
  const { folder, record } = await train(recipe, ...flags);
  expect(record.final.test.accuracy).toBeGreaterThan(0.5);
  const [int8, float32] = await verify(folder);
  expect(float32!.accuracy).toBe(record.final.test.accuracy);
  expect(int8!.accuracy).toBeGreaterThan(record.final.test.accuracy! - 0.05);
});

test('the autoencoder, its encoder and its decoder compile each, and the error is that of the training', async () => {
  const { folder, record } = await train('digits-autoencoder', '--set', 'bottleneck=5');
  expect(record).toMatchObject({ parameters: { bottleneck: 5 }, final: { test: { accuracy: null } } });
  const [int8, float32] = await verify(folder);
  const error = Math.sqrt(record.final.test.loss);
  expect(float32!.rootMeanSquareError).toBeCloseTo(error, 5);
  expect(Math.abs(int8!.rootMeanSquareError! - error)).toBeLessThan(0.01);
  for (const part of ['encoder', 'decoder']) {
    expect(existsSync(join(folder, part, 'model.json'))).toBe(true);
    await verify(join(folder, part));
  }
  // A model with parts is replaced like any other.
  await train('digits-autoencoder', '--set', 'bottleneck=4');
});

interface BenchDocument {
  readonly boards: readonly {
    readonly board: string;
    readonly flashBytes: { readonly total: number };
    readonly ramBytes: { readonly total: number };
  }[];
}

test('digits-tiny takes less than 8 KB of flash with its code on a Cortex-M0 and on an Uno, and runs on both', async (context) => {
  const { folder, record } = await train('digits-tiny');
  expect(record.final.test.accuracy).toBeGreaterThan(0.7);
  await verify(folder);
  const tools = ['arm-none-eabi-gcc', 'qemu-system-arm', 'avr-gcc'];
  if (tools.some((name) => programInPath(name) === null)) return context.skip('no tools for boards');
  const ended = await sandbox.run(['bench', folder, '--board', 'microbit,uno', '--optimization=-Os', '--json']);
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
  const { boards } = JSON.parse(ended.stdout) as BenchDocument;
  expect(boards.map(({ board }) => board)).toEqual(['microbit', 'uno']);
  for (const { flashBytes, ramBytes } of boards) {
    expect(flashBytes.total).toBeLessThanOrEqual(8192);
    expect(ramBytes.total).toBeLessThanOrEqual(1024);
  }
  const proven = await sandbox.run(['verify', folder, '--on', 'microbit,uno', '--quantize', 'int8', '--count', '2']);
  expect({ code: proven.code, stderr: proven.stderr }).toMatchObject({ code: 0 });
});

test('a parameter that a recipe does not have is refused before anything is done', async () => {
  const folder = sandbox.at('refused');
  const ended = await sandbox.run(['train', 'digits-linear', '--set', 'width=3', '-o', folder], { env });
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('E-RECIPE-PARAMETER');
  expect(existsSync(folder)).toBe(false);
});

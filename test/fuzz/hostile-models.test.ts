import { compile } from '@kiln/codegen';
import { readTflite } from '@kiln/formats';
import { EXIT_CODE, KilnError, KilnErrors } from '@kiln/ir';
import { expect, test } from 'vitest';
import { writeTflite, writeTfliteTables } from '../../packages/formats/src/testing/write-tflite.js';
import { mutateModel } from './mutate-model.js';
import { MEMORY_MODELS } from './sample-memory-models.js';
import { sampleModels } from './sample-models.js';

/** Mutated files in the default run; `KILN_HOSTILE_COUNT` asks for more, `KILN_HOSTILE_SEED` for the first seed. */
const COUNT = Number(process.env['KILN_HOSTILE_COUNT'] ?? 3000);
const FIRST_SEED = Number(process.env['KILN_HOSTILE_SEED'] ?? 1);

/** As long as a file of a few kilobytes may take, on a machine that is busy. */
const MOST_MILLISECONDS = 5000;
/** As much as all of them together may leave behind or need at once. */
const MOST_MEMORY_BYTES = 1.5 * 2 ** 30;

const files = sampleModels().map(writeTfliteTables);

/** The code of the error that the file ends in; null if it becomes C. Anything but a proper error is thrown on. */
function outcome(bytes: Uint8Array): string | null {
  try {
    const graph = readTflite(bytes, 'hostile.tflite');
    compile(graph, { name: 'hostile', precision: 'model', source: 'a test', version: '0.1.0' });
    return null;
  } catch (error) {
    const errors = error instanceof KilnErrors ? error.errors : [error];
    for (const each of errors) {
      if (!(each instanceof KilnError) || each.exitCode === EXIT_CODE.defect) throw each;
    }
    return (errors[0] as KilnError).code;
  }
}

test('the models that are mutated are sound', () => {
  expect(files.length).toBeGreaterThan(8);
  expect(files.map(outcome).filter((code) => code !== null)).toEqual([]);
});

test('a cell whose two states are one tensor', () => {
  const lstm = MEMORY_MODELS.find(({ operators }) => operators[0]!.op === 'UNIDIRECTIONAL_SEQUENCE_LSTM')!;
  const inputs = lstm.operators[0]!.inputs.map((id) => (id === 14 ? 13 : id));
  expect(outcome(writeTflite({ ...lstm, operators: [{ ...lstm.operators[0]!, inputs }] }))).toBe('E-TFLITE-STATE');
});

test('an input larger than any board takes, in a file of a few bytes', () => {
  const vast = { name: 'x', shape: [1, 5_000_000], type: 'FLOAT32' } as const;
  const model = {
    tensors: [vast, { ...vast, name: 'y' }],
    operators: [{ op: 'RELU', inputs: [0], outputs: [1] }],
    inputs: [0],
    outputs: [1],
  };
  expect(outcome(writeTflite(model))).toBe('E-TFLITE-SIZE');
});

test(`${COUNT} mutated and truncated models each end in C or in a proper error, soon and in little memory`, () => {
  const codes = new Map<string, number>();
  let slowest = { seed: 0, milliseconds: 0 };
  for (let seed = FIRST_SEED; seed < FIRST_SEED + COUNT; seed++) {
    const start = performance.now();
    let code: string | null;
    try {
      code = outcome(mutateModel(seed));
    } catch (error) {
      throw new Error(`the model of seed ${seed} ends in ${String(error)}`, { cause: error });
    }
    const milliseconds = performance.now() - start;
    if (milliseconds > slowest.milliseconds) slowest = { seed, milliseconds };
    codes.set(code ?? 'C', (codes.get(code ?? 'C') ?? 0) + 1);
  }
  const memory = process.memoryUsage().rss;
  const table = [...codes].sort((a, b) => b[1] - a[1]).map(([code, count]) => `${code} ${count}`);
  console.log(
    `${table.join(', ')}; slowest ${Math.round(slowest.milliseconds)} ms (seed ${slowest.seed}), ${Math.round(memory / 2 ** 20)} MB`,
  );
  expect(slowest.milliseconds, `seed ${slowest.seed}`).toBeLessThan(MOST_MILLISECONDS);
  expect(memory).toBeLessThan(MOST_MEMORY_BYTES);
  expect(codes.size).toBeGreaterThan(Math.min(10, COUNT / 100));
});

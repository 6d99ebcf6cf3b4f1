import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@kiln/formats';
import { expect, test } from 'vitest';
import { ROOT, Sandbox } from './kiln-process.js';

const sandbox = new Sandbox();

interface Figures {
  readonly name: string;
  readonly retrainedEpochs: number;
  readonly choosing: number;
  readonly heldOut: number;
  readonly constantBytes: number;
}

interface Document {
  readonly treatments: readonly Figures[];
  readonly best: Figures;
  readonly notRetrained: string | null;
}

/** Channels that differ eightyfold behind elu, through which no factor passes: they cannot be equalized. */
function makeUneven(folder: string): { data: string[]; labels: string[] } {
  execFileSync(process.execPath, [join(ROOT, 'scripts/make-uneven.mjs'), folder, '80', 'elu']);
  const file = (name: string): string => join(folder, name);
  return {
    data: ['--calibrate', file('samples.npy'), '--inputs', file('test.npy')],
    labels: ['--labels', file('labels.npy')],
  };
}

test(
  'retraining gives back most of what int8 took, as a model that compiles to the same figures',
  { timeout: 600_000 },
  async () => {
    const [uneven, healed] = [sandbox.at('uneven'), sandbox.at('healed')];
    const { data, labels } = makeUneven(uneven);
    const flags = [...data, ...labels, '--max-drop', '24', '--apply', '-o', healed, '--json'];
    const ended = await sandbox.run(['doctor', uneven, ...flags]);
    expect(ended).toMatchObject({ code: 0 });
    const { treatments, best, notRetrained } = JSON.parse(ended.stdout) as Document;
    expect(notRetrained).toBe(null);
    expect([best.name, best.retrainedEpochs]).toEqual(['retrained, 30 epochs', 30]);
    const plain = treatments.find(({ name }) => name === 'int8')!;
    expect(best.choosing).toBeGreaterThan(plain.choosing + 4);
    expect(best.heldOut).toBeGreaterThan(plain.heldOut + 4);

    const weights = (folder: string): Buffer => readFileSync(join(folder, 'weights.bin'));
    expect(weights(healed).equals(weights(uneven))).toBe(false);
    const compiled = await sandbox.run(['compile', healed, '-o', sandbox.at('c'), '--json']);
    expect(JSON.parse(compiled.stdout)).toMatchObject({ precision: 'int8', constantBytes: best.constantBytes });
    const run = ['--on', 'reference', '--quantize', 'int8', '--input', data[3]!, '--out-dir', sandbox.at('out')];
    expect(await sandbox.run(['run', healed, ...run])).toMatchObject({ code: 0 });
    const read = (path: string): number[] => [...readNpy(readFileSync(path), path).data].map(Number);
    const [scores, right] = [read(sandbox.at('out', 'output_0.npy')), read(labels[1]!)];
    const answers = right.filter((label, i) => {
      const row = scores.slice(4 * i, 4 * i + 4);
      return row.indexOf(Math.max(...row)) === label;
    });
    expect((100 * answers.length) / 400).toBeCloseTo((best.choosing * 199 + best.heldOut * 201) / 400, 6);
  },
);

test('a model of another format is not retrained, and the doctor says why', { timeout: 300_000 }, async () => {
  const uneven = sandbox.at('exported');
  const { data } = makeUneven(uneven);
  const file = sandbox.at('float.tflite');
  const exported = await sandbox.run(['export', uneven, '--format', 'tflite', '--quantize', 'float32', '-o', file]);
  expect(exported).toMatchObject({ code: 0 });
  const { code, stdout } = await sandbox.run(['doctor', file, ...data, '--count', '40', '--retrain', '1']);
  expect(code).toBe(0);
  expect(stdout).toContain('not retrained: the model is no layers model of TensorFlow.js');
});

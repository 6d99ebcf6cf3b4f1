import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inferredGraph } from '@kiln/codegen';
import { readModel, readNpy, writeNpy } from '@kiln/formats';
import { type QuantizationParams, tensorOf } from '@kiln/ir';
import { describe, expect, test } from 'vitest';
import { Sandbox } from '../cli/kiln-process.js';
import { deadLeaves, words } from './natural-inputs.js';

// Float networks of others, quantized by Kiln, against the int8 models that their authors made of them: how often each gives the
// answer of the float network. No data set is at hand, so the inputs are made, and others than those for calibration.

const SHARED = fileURLToPath(new URL('../../../shared/models/', import.meta.url));
const [SAMPLES, INPUTS] = [64, 200];
/** Fewer answers by this may be the float network's than of the authors' model: one in a hundred. */
const MOST_LOST = 0.01;

const NETWORKS = [
  { model: 'kws_savedmodel', reference: 'kws_dscnn_int8.tflite', shape: [49, 10, 1], inputs: words, least: 0.95 },
  { model: 'ic_resnet8.h5', reference: 'ic_resnet8_int8.tflite', shape: [32, 32, 3], inputs: deadLeaves, least: 0.9 },
] as const;

const box = new Sandbox();

function save(name: string, rows: readonly Float32Array[], shape: readonly number[]): string {
  const data = Float32Array.from(rows.flatMap((row) => [...row]));
  writeFileSync(box.at(name), writeNpy({ dtype: 'float32', shape: [rows.length, ...shape], data }));
  return box.at(name);
}

/** Which output is the greatest, of each input. */
async function answersOf(model: string, input: string, ...flags: string[]): Promise<number[]> {
  const folder = box.folder('answers');
  const ended = await box.run(['run', model, '--on', 'host', '--input', input, '--out-dir', folder, ...flags]);
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
  const { data, shape } = readNpy(readFileSync(join(folder, 'output_0.npy')), 'answers');
  const width = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, i) => {
    const scores = Array.from(data.slice(i * width, (i + 1) * width), Number);
    return scores.indexOf(Math.max(...scores));
  });
}

/** The inputs as the authors' model takes them. */
function saveIntegers(
  rows: readonly Float32Array[],
  shape: readonly number[],
  quantization: QuantizationParams,
): string {
  const [scale, zeroPoint] = [quantization.scale[0]!, quantization.zeroPoint[0]!];
  const rounded = (real: number): number => Math.max(-128, Math.min(127, Math.round(real / scale) + zeroPoint));
  const data = Int8Array.from(
    rows.flatMap((row) => [...row]),
    rounded,
  );
  writeFileSync(box.at('integers.npy'), writeNpy({ dtype: 'int8', shape: [rows.length, ...shape], data }));
  return box.at('integers.npy');
}

const agreement = (answers: readonly number[], others: readonly number[]): number =>
  answers.filter((answer, i) => answer === others[i]).length / answers.length;

describe.skipIf(!existsSync(SHARED)).each(NETWORKS)(
  '$model (needs ../shared)',
  ({ model, reference, shape, inputs, least }) => {
    test(
      'in int8 answers like the float network, as often as the int8 model of its authors',
      { timeout: 900_000 },
      async () => {
        const rows = inputs(INPUTS, 12);
        const samples = save('samples.npy', inputs(SAMPLES, 11), shape);
        const judged = save('judged.npy', rows, shape);
        const theirs = inferredGraph(readModel(SHARED + reference));
        const { quantization } = tensorOf(theirs, theirs.inputs[0]!);
        const exact = await answersOf(SHARED + model, judged, '--quantize', 'float32');
        // Otherwise nothing is compared.
        expect(new Set(exact).size).toBeGreaterThan(4);
        const own = await answersOf(SHARED + model, judged, '--quantize', 'int8', '--calibrate', samples);
        const others = await answersOf(SHARED + reference, saveIntegers(rows, shape, quantization!));
        expect(agreement(own, exact)).toBeGreaterThanOrEqual(agreement(others, exact) - MOST_LOST);
        expect(agreement(own, exact)).toBeGreaterThanOrEqual(least);
      },
    );
  },
);

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile, createEvaluator, referenceTrace } from '@kiln/codegen';
import { readTflite } from '@kiln/formats';
import { compareTraces, createHostEngine, createWasmEngine, describeDifference, findToolchain } from '@kiln/runtime-c';
import { type CProject, elementCount, type Graph } from '@kiln/ir';
import { describe, expect, test } from 'vitest';

/** Models of others, and what TensorFlow Lite Micro answers to four inputs each; used where they are. */
const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url));
const MODELS = {
  ad: 'ad01_int8',
  digits: 'digits_cnn_int8',
  ic: 'ic_resnet8_int8',
  kws: 'kws_dscnn_int8',
  vww: 'vww_mobilenetv1_int8',
};

interface GoldenVector {
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** By model: what the judge that it names answered to the inputs of `sequence`. */
const FLOAT_OUTPUTS = JSON.parse(
  readFileSync(new URL('../fixtures/float-outputs.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, { readonly judge: string; readonly outputs: readonly (readonly number[])[] }>>;

const { gcc, emcc } = await findToolchain();

function goldenVectors(name: string) {
  const folder = `${SHARED}golden/`;
  const files = readdirSync(folder).filter((file) => file.startsWith(`${name}_`));
  return files.map((file) => JSON.parse(readFileSync(folder + file, 'utf8')) as GoldenVector);
}

describe.skipIf(!existsSync(`${SHARED}golden`))('models as they are shipped, against TensorFlow Lite Micro', () => {
  test.each(Object.entries(MODELS))(
    '%s: the answers to four inputs, byte for byte, on every engine',
    async (name, file) => {
      const model = readTflite(readFileSync(`${SHARED}models/${file}.tflite`), file);
      const { graph, project } = compile(model, { name, precision: 'model', source: file, version: '0.1.0' });
      const vectors = goldenVectors(name);
      expect(vectors.length).toBe(4);
      const evaluator = createEvaluator(graph);
      for (const { input, output } of vectors) {
        const values = evaluator.run([Int8Array.from(input)]);
        expect([...values.get(graph.outputs[0]!)!]).toEqual(output);
      }
      const inputs = Buffer.concat(vectors.map(({ input }) => Buffer.from(Int8Array.from(input).buffer)));
      await proveEngines(graph, project, inputs, 4);
    },
  );

  test.each(Object.entries(FLOAT_OUTPUTS))(
    '%s: within tolerance in float32, and the C equal to the reference',
    async (file, { outputs }) => {
      const model = readTflite(readFileSync(`${SHARED}models/${file}.tflite`), file);
      const { graph, project } = compile(model, { name: 'model', precision: 'model', source: file, version: '0.1.0' });
      const evaluator = createEvaluator(graph);
      const inputs = outputs.map((_, i) => sequence(i + 1, elementCount(graph.tensors.get(graph.inputs[0]!)!.shape)));
      inputs.forEach((input, i) => {
        const found = Array.from(evaluator.run([input]).get(graph.outputs[0]!)!, Number);
        expect(found.length).toBe(outputs[i]!.length);
        found.forEach((value, k) => {
          const expected = outputs[i]![k]!;
          expect(Math.abs(value - expected), `element ${k}`).toBeLessThanOrEqual(1e-5 + 1e-4 * Math.abs(expected));
        });
      });
      await proveEngines(graph, project, Buffer.concat(inputs.map(({ buffer }) => Buffer.from(buffer))), inputs.length);
    },
  );
});

/** Float32 in -1..1 from the upper 24 bits of a linear congruential generator, as in test/oracle/make_float_outputs.py. */
function sequence(seed: number, length: number): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}

/** Every layer of the C on every engine that there is, byte for byte. */
async function proveEngines(graph: Graph, project: CProject, inputs: Uint8Array, count: number): Promise<void> {
  const expected = referenceTrace(graph, project, inputs, count);
  for (const create of [...(gcc === null ? [] : [createHostEngine]), ...(emcc === null ? [] : [createWasmEngine])]) {
    const engine = await create(project);
    const { first } = compareTraces(project, expected, await engine.trace(inputs, count), count);
    expect(first === null ? 'equal' : describeDifference(first)).toBe('equal');
    await engine.dispose();
  }
}

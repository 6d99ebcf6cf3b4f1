import { createEvaluator, inferredGraph, inputsAt } from '@kiln/codegen';
import { readOnnx, WRITERS } from '@kiln/formats';
import { type Graph, KilnError, KilnErrors, type NumberData, type Tensor, tensorOf } from '@kiln/ir';
import { describe, expect, test } from 'vitest';
import { compileModel, graphOf, inputBytes, loadFamilies, type OracleCase } from './oracle-cases.js';

// Every network of the oracle that ONNX can say, in whatever numbers, comes back from a file and answers the same: integers as the
// reals that they stand for. In integers the file says less than .tflite does, so what comes back may be computed in floats.

const writer = WRITERS.find(({ format }) => format === 'onnx')!;
/** float32, a share of values above 1. */
const TOLERANCE = 1e-6;

/** How many steps of the output's scale an answer may be away, by the beginning of the cases' names, and why. */
const STEPS: Readonly<Record<string, readonly [steps: number, why: string]>> = {
  'add-n-int8': [2, 'operands are added one after the other'],
  'cumsum-int8': [3, 'sums are those of floats, here of what TensorFlow Lite Micro has rounded'],
  'exp-int16-all': [Infinity, 'lines between 513 entries of a table, which are far apart where the function is steep'],
  'exp-int16': [2, 'the same'],
  'log-int16': [Infinity, 'the same; what is not above 0 has no logarithm'],
  'floor-div-int': [Infinity, 'the same quotient, rounded down on another side of a whole number'],
  'floor-mod-int': [Infinity, 'the same'],
  'hard-swish-scales-int8': [1, 'is made of four operators'],
  'neg-int': [Infinity, 'the least integer is its own negative'],
  'rsqrt-int16-all': [1, 'computed in floats'],
  'sqrt-int': [1, 'computed in floats'],
  'softmax-int16': [8, 'beta is a factor, and what is multiplied a float'],
  'softmax-more-int16': [2, 'the same'],
  'squared-difference-int16': [1, 'is made of two operators'],
  'sum-int': [1, 'computed in floats'],
};
/** The last bits of the float32 in which steps are counted. */
const LAST_BITS = 1e-3;

const stepsOf = ({ name }: OracleCase): number =>
  Object.entries(STEPS).find(([prefix]) => name.startsWith(prefix))?.[1][0] ?? 0;

async function written(graph: Graph): Promise<Uint8Array> {
  const [file] = await writer.write(graph);
  return file!.contents as Uint8Array;
}

/** null where the format has nothing for one of its nodes. */
async function writtenOrRefused(graph: Graph): Promise<Uint8Array | KilnError> {
  try {
    return await written(graph);
  } catch (error) {
    if (error instanceof KilnError && error.exitCode === 1) return error;
    throw error;
  }
}

function reals(data: NumberData, { quantization }: Tensor): NumberData {
  if (quantization === null) return data;
  const { scale, zeroPoint } = quantization;
  return Float32Array.from(data, (value) => scale[0]! * (value - zeroPoint[0]!));
}

/** In steps of the scale, or, of floats, as a share of values above 1. */
function greatestDifference(found: ArrayLike<unknown>, expected: ArrayLike<unknown>, { quantization }: Tensor): number {
  expect(found.length).toBe(expected.length);
  return Array.from(expected).reduce((most: number, value, i) => {
    if (Object.is(value, found[i]) || value === found[i]) return most;
    const unit = quantization?.scale[0] ?? Math.max(1, Math.abs(Number(value)));
    const difference = Math.abs(Number(value) - Number(found[i])) / unit;
    return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
  }, 0);
}

/** Some of the oracle's models are there to be refused. */
function compiled(judged: OracleCase) {
  try {
    return compileModel(graphOf(judged));
  } catch (error) {
    if (error instanceof KilnError) return null;
    throw error;
  }
}

describe.each(loadFamilies())('$name', ({ cases }) => {
  test('every network comes back and answers the same, or is refused by its nodes', async () => {
    for (const judged of cases) {
      const graph = inferredGraph(graphOf(judged));
      const file = await writtenOrRefused(graph);
      if (file instanceof KilnError) {
        const errors = file instanceof KilnErrors ? file.errors : [file];
        for (const { code } of errors) expect(code, judged.name).toMatch(/^E-ONNX-(WRITE|STATE|WIDE|NODE)$/);
        continue;
      }
      const compilation = compiled(judged);
      if (compilation === null) continue;
      const back = inferredGraph(readOnnx(file, `${judged.name}.onnx`));
      const inputs = inputsAt(compilation.project, inputBytes(judged.runs, 0), 0);
      const expected = createEvaluator(graph).run(inputs);
      const found = createEvaluator(back).run(
        inputs.map((data, i) => reals(data as NumberData, tensorOf(graph, graph.inputs[i]!))),
      );
      graph.outputs.forEach((id, i) => {
        const tensor = tensorOf(graph, id);
        const wanted = reals(expected.get(id) as NumberData, tensor);
        const limit = tensor.quantization === null ? TOLERANCE : stepsOf(judged) + LAST_BITS;
        const difference = greatestDifference(found.get(back.outputs[i]!)!, wanted, tensor);
        expect(difference, `${judged.name}, output ${i}`).toBeLessThanOrEqual(limit);
      });
    }
  });
});

test('most of the oracle can be said, and of what is in integers two thirds come back as the same operators', async () => {
  let [said, all, integers, same] = [0, 0, 0, 0];
  for (const judged of loadFamilies().flatMap(({ cases }) => cases)) {
    const graph = inferredGraph(graphOf(judged));
    all += 1;
    const file = await writtenOrRefused(graph);
    if (file instanceof KilnError) continue;
    said += 1;
    if (graph.nodes.some(({ outputs }) => tensorOf(graph, outputs[0]!).quantization === null)) continue;
    integers += 1;
    const between = readOnnx(file, 'back.onnx').nodes.filter(({ op }) => op !== 'quantize' && op !== 'dequantize');
    if (JSON.stringify(between.map(({ op }) => op)) === JSON.stringify(graph.nodes.map(({ op }) => op))) same += 1;
  }
  expect(said / all).toBeGreaterThan(0.9);
  expect(same / integers).toBeGreaterThan(0.6);
});

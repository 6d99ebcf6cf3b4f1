import { createEvaluator, inferredGraph, inputsAt } from '@kiln/codegen';
import { WRITERS } from '@kiln/formats';
import { type Graph, type NumberData, type TensorData, tensorOf } from '@kiln/ir';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { compileModel, graphOf, inputBytes, loadFamilies, type OracleCase } from './oracle-cases.js';

// Networks of one operator each, written as graph models: TensorFlow.js's own executor answers what the reference answers.

/** float32 sums in another order; a share of values above 1. */
const TOLERANCE = 1e-5;

/** What TensorFlow.js's executor cannot do or does in its own way, by the beginning of the cases' names. */
const BEYOND_TENSORFLOW_JS: Readonly<Record<string, string>> = {
  'conv2d-float32-10': 'no convolutions in groups',
  'conv2d-float32-11': 'no convolutions in groups',
  'cast-beyond-': 'numbers that do not fit the type become what the machine makes of them',
  'cast-int32-to-uint8': 'bytes are kept as 32-bit integers',
  'one-hot-': 'the axis is always the last',
  'space-to-depth-': 'no kernel',
  'depth-to-space-int32': 'float alone',
  'depth-to-space-bool': 'float alone',
  'resize-nearest-int32-': 'integers go through float32',
  'abs-int32-': 'the absolute value of the least integer',
  'mean-int32-': 'a mean of integers is a float',
  'batch-matmul-float32-7': 'batches are not broadcast',
};
const beyond = ({ name }: OracleCase): boolean =>
  Object.keys(BEYOND_TENSORFLOW_JS).some((prefix) => name.startsWith(prefix));

/** What has no counterpart in a graph of TensorFlow. */
const REFUSED = new Set(['svdf', 'unidirectionalSequenceLstm', 'circularBuffer', 'dynamicUpdateSlice', 'if', 'while']);
const isRefused = (graph: Graph): boolean =>
  graph.states.length > 0 ||
  graph.nodes.some(
    (node) => REFUSED.has(node.op) || (node.op === 'depthwiseConv2d' && node.attributes.dilations.some((d) => d > 1)),
  );

/** Kiln's own reference has these for floats alone. */
const isCompiled = ({ name }: OracleCase): boolean => !name.startsWith('square-int32-');
const writer = WRITERS.find(({ format }) => format === 'tfjs-graph')!;
const isReal = (graph: Graph): boolean =>
  [...graph.tensors.values()].every(
    ({ quantization, dtype }) => quantization === null && dtype !== 'int8' && dtype !== 'int16' && dtype !== 'int64',
  );

const cases = loadFamilies()
  .flatMap((family) => family.cases)
  .filter((judged) => isReal(graphOf(judged)) && isCompiled(judged) && !beyond(judged));

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

/** Runs the exported network on the inputs of the case's first inference. */
async function runExported(graph: Graph, inputs: readonly TensorData[]): Promise<readonly ArrayLike<number>[]> {
  const files = await writer.write(graph);
  const { modelTopology, weightsManifest } = JSON.parse(files[0]!.contents as string) as {
    modelTopology: object;
    weightsManifest: { weights: tf.io.WeightsManifestEntry[] }[];
  };
  const weightData = new Uint8Array(files[1]!.contents as Uint8Array).buffer;
  const artifacts = { modelTopology, weightSpecs: weightsManifest[0]!.weights, weightData, format: 'graph-model' };
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const given = model.inputs.map(({ name }, i) => {
    const { shape, dtype } = tensorOf(graph, graph.inputs[i]!);
    const values = Array.from(inputs[i] as NumberData);
    return [name, tf.tensor(values, [...shape], dtype === 'float32' || dtype === 'bool' ? dtype : 'int32')] as const;
  });
  const outputs = graph.outputs.map((_, i) => (graph.outputs.length === 1 ? 'output' : `output_${i}`));
  const results = model.execute(Object.fromEntries(given), outputs) as tf.Tensor | tf.Tensor[];
  const tensors = Array.isArray(results) ? results : [results];
  const values = tensors.map((tensor) => tensor.dataSync());
  model.dispose();
  return values;
}

function greatestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found.length).toBe(expected.length);
  return Array.from(expected).reduce((most, value, i) => {
    const difference = Object.is(value, found[i]) || value === found[i] ? 0 : Math.abs(value - found[i]!);
    return Math.max(most, Number.isNaN(difference) ? Infinity : difference / Math.max(1, Math.abs(value)));
  }, 0);
}

test.each(cases.filter((judged) => !isRefused(graphOf(judged))))('$name', async (judged: OracleCase) => {
  const graph = inferredGraph(graphOf(judged));
  const { project } = compileModel(graphOf(judged));
  const inputs = inputsAt(project, inputBytes(judged.runs, 0), 0);
  const expected = createEvaluator(graph).run(inputs);
  const found = await runExported(graph, inputs);
  graph.outputs.forEach((id, i) => {
    expect(greatestDifference(found[i]!, expected.get(id) as NumberData)).toBeLessThanOrEqual(TOLERANCE);
  });
});

test('what remembers, branches or loops is refused, each node by its name', () => {
  const refused = cases.map(graphOf).filter(isRefused);
  expect(refused.length).toBeGreaterThan(10);
  for (const graph of refused)
    expect(() => writer.write(inferredGraph(graph))).toThrow(/which (TensorFlow|graphs of)|no dilation|\d errors/);
});

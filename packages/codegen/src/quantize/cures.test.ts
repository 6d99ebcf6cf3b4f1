import { type Graph, numbers, tensorOf, verifyGraph } from '@kiln/ir';
import { expect, test } from 'vitest';
import { checkOperatorSupport } from '../passes/check-operator-support.js';
import { inferShapes } from '../passes/infer-shapes.js';
import { createEvaluator } from '../evaluate.js';
import { ChainBuilder, samples } from '../testing/graphs.js';
import { calibrateRanges } from './calibrate-ranges.js';
import { correctBiases } from './correct-biases.js';
import { diagnoseLayers } from './diagnose-layers.js';
import { measureNoise } from './measure-noise.js';
import { quantizeTensors } from './quantize-tensors.js';
import { quantizationOfRange } from './range.js';
import { realValues } from './real-values.js';
import { widePlaces } from './wide-places.js';

const network = (): Graph =>
  inferShapes(
    new ChainBuilder([1, 6, 6, 2])
      .conv2d(6, [3, 3, 2], { activation: 'relu' })
      .depthwiseConv2d(6, [3, 3], { activation: 'relu' })
      .maxPool2d()
      .reshape([1, -1])
      .dense(8, 6)
      .dense(3, 8)
      .finish(),
  );
const DATA = samples(32, 72, 'float32');

/** Mean of result minus truth over samples, for each element of the output. */
function meanErrors(float: Graph, quantized: Graph): number[] {
  const [exact, rounded] = [createEvaluator(float), createEvaluator(quantized)];
  const id = float.outputs[0]!;
  const sums = [0, 0, 0];
  for (const sample of DATA) {
    const truth = numbers(exact.run(sample).get(id)!);
    realValues(tensorOf(quantized, id), rounded.run(sample).get(id)!).forEach(
      (value, i) => (sums[i]! += value - truth[i]!),
    );
  }
  return sums.map((sum) => Math.abs(sum) / DATA.length);
}

test('corrected biases take the mean error out of the result, and touch nothing else', () => {
  const float = network();
  const calibration = calibrateRanges(float, DATA, 'int8');
  // A range that cuts half of the first layer's result off moves all means behind it.
  const first = float.nodes[0]!.outputs[0]!;
  const entry = calibration.get(first)!;
  const narrow = quantizationOfRange({ min: 0, max: entry.whole.max / 3 }, 'int8');
  const cut = new Map([...calibration, [first, { ...entry, quantization: narrow }]]);
  const plain = quantizeTensors(float, cut, 'int8');
  const corrected = correctBiases(float, plain, DATA);
  verifyGraph(corrected, 'correctBiases');
  const [before, after] = [meanErrors(float, plain), meanErrors(float, corrected)];
  expect(Math.max(...after)).toBeLessThan(Math.max(...before) / 4);
  const biases = new Set(plain.nodes.flatMap(({ inputs }) => inputs.slice(2)));
  for (const tensor of plain.tensors.values())
    if (!biases.has(tensor.id)) expect(corrected.tensors.get(tensor.id)).toBe(tensor);
});

test('a wide layer and those that read it compute with 16 bits, and the noise goes', () => {
  const float = network();
  const calibration = calibrateRanges(float, DATA, 'int8', { method: 'min-max' });
  const graphs = [[], [float.nodes[0]!.name]].map((names) =>
    quantizeTensors(float, calibration, 'int8', widePlaces(float, names)),
  );
  const [narrow, wide] = graphs as [Graph, Graph];
  verifyGraph(wide, 'quantizeTensors');
  checkOperatorSupport(wide);
  const typesOf = (graph: Graph): string[] =>
    graph.nodes.map(({ op, outputs }) => `${op} ${tensorOf(graph, outputs[0]!).dtype}`);
  expect(typesOf(wide)).toEqual([
    'quantize int8',
    'quantize int16',
    'conv2d int16',
    'depthwiseConv2d int16',
    'quantize int8',
    'maxPool2d int8',
    'reshape int8',
    'dense int8',
    'dense int8',
  ]);
  const noise = graphs.map((graph) => measureNoise(float, graph, DATA).get(float.nodes[1]!.id)!);
  expect(noise[1]! - noise[0]!).toBeGreaterThan(1);
  expect(tensorOf(wide, wide.outputs[0]!).quantization).toEqual(tensorOf(narrow, narrow.outputs[0]!).quantization);
});

test('a wide last layer still answers in int8, and a wide input is not rounded to 8 bits before', () => {
  const float = network();
  const calibration = calibrateRanges(float, DATA, 'int8', { method: 'min-max' });
  const graph = quantizeTensors(float, calibration, 'int8', widePlaces(float, ['input', float.nodes.at(-1)!.name]));
  verifyGraph(graph, 'quantizeTensors');
  checkOperatorSupport(graph);
  expect(tensorOf(graph, graph.outputs[0]!).dtype).toBe('int8');
  expect(graph.nodes.at(-1)!.op).toBe('quantize');
  expect(tensorOf(graph, graph.nodes[0]!.outputs[0]!).dtype).toBe('int16');
});

test('a layer that is not there cannot be wide', () => {
  expect(() => widePlaces(network(), ['nobody'])).toThrow(expect.objectContaining({ code: 'E-WIDE-LAYER' }));
});

test('a method that is asked for is taken for every tensor, untried', () => {
  for (const { method, range, whole, errors } of calibrateRanges(network(), DATA, 'int8', {
    method: 'min-max',
  }).values()) {
    expect([method, range, errors]).toEqual(['min-max', whole, {}]);
  }
});

test('the diagnosis tells what a layer adds from what it inherits, saturation, and channels that are dead or lost', () => {
  const float = network();
  const [weights, bias] = float.nodes[0]!.inputs.slice(1).map((id) => tensorOf(float, id).data as Float32Array);
  // Channel 2 is always 0, channel 4 moves by less than a step.
  weights!.fill(0, 2 * 18, 3 * 18);
  bias![2] = -1;
  weights!.subarray(4 * 18, 5 * 18).forEach((value, i) => (weights![4 * 18 + i] = value * 1e-4));
  bias![4] = 1;
  const calibration = calibrateRanges(float, DATA, 'int8', { method: 'min-max' });
  const second = float.nodes[1]!.outputs[0]!;
  const entry = calibration.get(second)!;
  const narrow = quantizationOfRange({ min: 0, max: entry.whole.max / 4 }, 'int8');
  const graph = quantizeTensors(float, new Map([...calibration, [second, { ...entry, quantization: narrow }]]), 'int8');
  const layers = diagnoseLayers(float, graph, DATA);
  expect(layers.map(({ name }) => name)).toEqual(float.nodes.map(({ name }) => name));
  const [conv, depthwise] = layers;
  const last = layers.at(-1)!;
  expect(conv!.channels.dead).toEqual([2]);
  expect(conv!.channels.lost).toEqual([4]);
  expect(conv!.saturated).toBe(0);
  expect(conv!.alone).toEqual(conv!.accumulated);
  expect(conv!.alone.greatestSteps).toBeLessThan(2);
  expect(depthwise!.saturated).toBeGreaterThan(0.01);
  expect(depthwise!.alone.greatestSteps).toBeGreaterThan(10);
  // What was cut off long before it is no fault of the last layer's own.
  expect(last.alone.signalToNoiseDecibels - last.accumulated.signalToNoiseDecibels).toBeGreaterThan(5);
});

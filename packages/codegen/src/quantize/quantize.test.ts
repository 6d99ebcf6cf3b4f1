import { numbers, perTensor, tensorOf, verifyGraph } from '@kiln/ir';
import { expect, test } from 'vitest';
import { checkOperatorSupport } from '../passes/check-operator-support.js';
import { fuseActivations } from '../passes/fuse-activations.js';
import { inferShapes } from '../passes/infer-shapes.js';
import { ChainBuilder, digitsNetwork, samples } from '../testing/graphs.js';
import { calibrateRanges } from './calibrate-ranges.js';
import { measureNoise } from './measure-noise.js';
import { quantizeTensors } from './quantize-tensors.js';
import { rangeCandidates } from './range-candidates.js';
import { quantizationOfRange } from './range.js';

test.each([
  [{ min: -1, max: 1 }, 1],
  [{ min: 0, max: 6 }, 6],
  [{ min: 2, max: 6 }, 6],
  [{ min: -6, max: -2 }, 6],
  [{ min: -0.1, max: 7 }, 7],
])('the grid of %o holds zero exactly and reaches both ends', (range, reach) => {
  const { scale, zeroPoint } = quantizationOfRange(range, 'int8');
  const [low, high] = [scale[0]! * (-128 - zeroPoint[0]!), scale[0]! * (127 - zeroPoint[0]!)];
  expect(Number.isInteger(zeroPoint[0])).toBe(true);
  expect(Math.fround(scale[0]!)).toBe(scale[0]);
  expect(low).toBeLessThanOrEqual(0);
  expect(high).toBeGreaterThanOrEqual(0);
  expect(Math.max(-low, high)).toBeGreaterThan(reach - 2 * scale[0]!);
});

test('activations that are all zero still get a scale', () => {
  const { scale } = quantizationOfRange({ min: 0, max: 0 }, 'int8');
  expect(scale[0]).toBeGreaterThan(0);
  expect(rangeCandidates(new Float32Array(100), 'int8').every(({ range }) => range.max === 0)).toBe(true);
});

test('an outlier moves min-max, but neither percentile nor the least squared error', () => {
  const values = Float32Array.from({ length: 10_000 }, (_, i) => Math.sin(i));
  values[77] = 1000;
  const ranges = Object.fromEntries(rangeCandidates(values, 'int8').map(({ method, range }) => [method, range]));
  expect(ranges['min-max']!.max).toBe(1000);
  expect(ranges['percentile']!.max).toBeLessThan(1.01);
  expect(ranges['mean-squared-error']!.max).toBeLessThanOrEqual(1000);
});

test('each tensor gets the method whose error at the output is the least', () => {
  const float = fuseActivations(inferShapes(digitsNetwork()));
  const calibration = calibrateRanges(float, samples(24, 64, 'uint8'), 'int8');
  expect(calibration.size).toBe(5);
  for (const { method, errors } of calibration.values()) {
    expect(Object.keys(errors).sort()).toEqual(['mean-squared-error', 'min-max', 'percentile']);
    expect(errors[method]).toBe(Math.min(...Object.values(errors)));
  }
});

test('the rare samples that a range cuts off count for its choice, wherever they stand', () => {
  const float = inferShapes(new ChainBuilder([1, 4]).dense(3, 4).finish());
  const usual = samples(600, 4, 'float32');
  usual[333]![0]![2] = 40;
  const calibration = calibrateRanges(float, usual, 'int8');
  const { method, range, errors } = calibration.get(float.inputs[0]!)!;
  expect(method).not.toBe('percentile');
  expect(range.max).toBeGreaterThan(10);
  expect(errors.percentile).toBeGreaterThan(10 * errors['min-max']!);
});

test('weights are symmetric per channel, biases in units of their products', () => {
  const float = inferShapes(new ChainBuilder([1, 4]).dense(3, 4).finish());
  const graph = quantizeTensors(float, calibrateRanges(float, samples(8, 4, 'float32'), 'int8'), 'int8');
  verifyGraph(graph, 'quantizeTensors');
  const [quantize, dense] = graph.nodes;
  expect(quantize!.op).toBe('quantize');
  const [x, weights, bias] = dense!.inputs.map((id) => tensorOf(graph, id));
  expect(weights!.quantization!.scale).toHaveLength(3);
  for (let channel = 0; channel < 3; channel++) {
    const row = (weights!.data as Int8Array).subarray(channel * 4, channel * 4 + 4);
    expect(Math.max(...row.map(Math.abs))).toBe(127);
    expect(bias!.quantization!.scale[channel]).toBe(
      x!.quantization!.scale[0]! * weights!.quantization!.scale[channel]!,
    );
  }
});

test('a bias too large for its scale raises the scale instead of overflowing', () => {
  const float = inferShapes(new ChainBuilder([1, 2]).dense(1, 2).finish());
  const [weights, bias] = float.nodes[0]!.inputs.slice(1).map((id) => tensorOf(float, id));
  (weights!.data as Float32Array).fill(1e-9);
  (bias!.data as Float32Array).fill(5);
  const graph = quantizeTensors(float, calibrateRanges(float, samples(8, 2, 'float32'), 'int8'), 'int8');
  const quantized = tensorOf(graph, graph.nodes[1]!.inputs[2]!);
  expect(Math.abs(numbers(quantized.data!)[0]!)).toBeLessThan(2 ** 31 - 2 ** 29);
  expect(numbers(quantized.data!)[0]! * quantized.quantization!.scale[0]!).toBeCloseTo(5, 3);
});

test('pooling and reshape keep the scale, softmax has its own', () => {
  const float = fuseActivations(inferShapes(digitsNetwork()));
  const graph = quantizeTensors(float, calibrateRanges(float, samples(8, 64, 'uint8'), 'int8'), 'int8');
  const scaleAfter = (op: string) =>
    tensorOf(graph, graph.nodes.find((node) => node.op === op)!.outputs[0]!).quantization;
  expect(scaleAfter('maxPool2d')).toEqual(scaleAfter('reshape'));
  expect(scaleAfter('softmax')).toEqual(perTensor(1 / 256, -128));
});

test('int16 activations have no zero point, 64-bit biases and far less noise', () => {
  const float = fuseActivations(inferShapes(digitsNetwork()));
  const data = samples(24, 64, 'uint8');
  const graphs = (['int8', 'int16'] as const).map((dtype) =>
    quantizeTensors(float, calibrateRanges(float, data, dtype), dtype),
  );
  const wide = graphs[1]!;
  verifyGraph(wide, 'quantizeTensors');
  for (const { outputs } of wide.nodes) expect(tensorOf(wide, outputs[0]!).dtype).toBe('int16');
  for (const { dtype, quantization } of wide.tensors.values())
    if (dtype === 'int16') expect(quantization!.zeroPoint).toEqual([0]);
  const dense = wide.nodes.find(({ op }) => op === 'dense')!;
  expect(dense.inputs.slice(1).map((id) => tensorOf(wide, id).dtype)).toEqual(['int8', 'int64']);
  const [coarse, fine] = graphs.map((graph) => measureNoise(float, graph, data));
  const last = wide.nodes.findLast(({ op }) => op === 'dense')!.id;
  expect(fine!.get(last)! - coarse!.get(last)!).toBeGreaterThan(6);
});

const FIXED = {
  logistic: perTensor(1 / 256, -128),
  tanh: perTensor(1 / 128, 0),
  softmax: perTensor(1 / 256, -128),
  logSoftmax: perTensor(16 / 256, 127),
  l2Normalization: perTensor(1 / 128, 0),
};

test.each([
  ['relu', {}],
  ['relu6', {}],
  ['reluN1To1', {}],
  ['relu0To1', {}],
  ['elu', {}],
  ['gelu', { approximate: false }],
  ['gelu', { approximate: true }],
  ['hardSwish', {}],
  ['leakyRelu', { alpha: 0.1 }],
  ['logistic', {}],
  ['tanh', {}],
  ['softmax', { beta: 0.5 }],
  ['logSoftmax', {}],
  ['l2Normalization', {}],
] as const)('%s %o of integers follows that of floats, on a scale that fits its results', (op, attributes) => {
  const chain = new ChainBuilder([1, 16]).dense(8, 16).apply(op, attributes as never);
  const float = inferShapes(chain.dense(4, 8).finish());
  const data = samples(48, 16, 'float32');
  const calibration = calibrateRanges(float, data, 'int8');
  const graph = quantizeTensors(float, calibration, 'int8');
  verifyGraph(graph, 'quantizeTensors');
  checkOperatorSupport(graph);
  const result = tensorOf(graph, graph.nodes.find((node) => node.op === op)!.outputs[0]!);
  expect(result.dtype).toBe('int8');
  if (op in FIXED) expect(result.quantization).toEqual(FIXED[op as keyof typeof FIXED]);
  else if (op !== 'relu') expect(result.quantization).toEqual(calibration.get(result.id)!.quantization);
  for (const decibels of measureNoise(float, graph, data).values()) expect(decibels).toBeGreaterThan(25);
});

test('noise is measured per node, and more of it where the range is cut', () => {
  const float = inferShapes(new ChainBuilder([1, 16]).dense(8, 16).dense(4, 8).finish());
  const data = samples(32, 16, 'float32');
  const calibration = calibrateRanges(float, data, 'int8');
  const good = measureNoise(float, quantizeTensors(float, calibration, 'int8'), data);
  const cut = new Map(
    [...calibration].map(([id, entry]) => [
      id,
      { ...entry, quantization: quantizationOfRange({ min: -0.05, max: 0.05 }, 'int8') },
    ]),
  );
  const bad = measureNoise(float, quantizeTensors(float, cut, 'int8'), data);
  expect(Math.min(...good.values())).toBeGreaterThan(25);
  for (const [id, decibels] of bad) expect(decibels).toBeLessThan(good.get(id)!);
});

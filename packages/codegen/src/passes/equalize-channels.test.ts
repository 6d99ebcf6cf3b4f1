import { type Graph, numbers, tensorOf, verifyGraph } from '@kiln/ir';
import { expect, test } from 'vitest';
import { createEvaluator } from '../evaluate.js';
import { measureChannels, reachOf } from '../quantize/channel-extremes.js';
import type { Samples } from '../quantize/calibrate-ranges.js';
import { ChainBuilder, samples } from '../testing/graphs.js';
import { equalizeChannels } from './equalize-channels.js';
import { inferShapes } from './infer-shapes.js';

const SAMPLES = samples(24, 75, 'float32');

/** The first layer's weights and bias times a factor for each channel, from 1 to 4096. */
function uneven(graph: Graph): Graph {
  const [first] = graph.nodes;
  const [weights, bias] = first!.inputs.slice(1).map((id) => tensorOf(graph, id).data as Float32Array);
  const size = weights!.length / bias!.length;
  bias!.forEach((_, o) => {
    const factor = 8 ** o;
    bias![o]! *= factor;
    for (let i = 0; i < size; i++) weights![o * size + i]! *= factor;
  });
  return graph;
}

const chain = (): ChainBuilder => new ChainBuilder([1, 5, 5, 3]).conv2d(5, [3, 3, 3], { activation: 'relu' });
const NETWORKS: Readonly<Record<string, Graph>> = {
  'a convolution': chain().conv2d(4, [2, 2, 5]).finish(),
  'a depthwise convolution': chain().depthwiseConv2d(5, [2, 2]).finish(),
  'a depthwise convolution of two filters a channel': chain().depthwiseConv2d(10, [2, 2]).finish(),
  'a dense layer behind pooling and flattening': chain()
    .maxPool2d({ strides: [1, 1] })
    .reshape([1, -1])
    .dense(3, 20)
    .finish(),
  'a dense layer behind a mean': chain()
    .apply('mean', { axes: [1, 2], keepDimensions: false })
    .dense(3, 5)
    .finish(),
};

function outputsOf(graph: Graph, inputs: Samples): number[][] {
  const evaluator = createEvaluator(graph);
  return inputs.map((sample) => [...numbers(evaluator.run(sample).get(graph.outputs[0]!)!)]);
}

/** The greatest reach of a channel of the first layer's result over the least. */
function spread(graph: Graph): number {
  const extremes = measureChannels(graph, SAMPLES).get(graph.nodes[0]!.outputs[0]!)!;
  const reaches = Array.from(extremes.least, (_, channel) => reachOf(extremes, channel));
  return Math.max(...reaches) / Math.min(...reaches);
}

function expectSame(before: Graph, after: Graph, inputs: Samples): void {
  const [expected, found] = [outputsOf(before, inputs), outputsOf(after, inputs)];
  const size = Math.max(...expected.flat().map(Math.abs));
  found.forEach((row, i) =>
    row.forEach((value, j) => expect(Math.abs(value - expected[i]![j]!)).toBeLessThan(1e-5 * size)),
  );
}

test.each(Object.entries(NETWORKS))(
  'channels that %s reads come to one size, and the function stays',
  (name, model) => {
    const graph = uneven(inferShapes(model));
    const even = equalizeChannels(graph, measureChannels(graph, SAMPLES));
    verifyGraph(even, 'equalizeChannels');
    expect(spread(graph)).toBeGreaterThan(1000);
    // Depthwise weights have a scale for each channel: there all of the difference can go into them.
    expect(spread(even)).toBeLessThan(name.includes('depthwise') ? 1.001 : Math.sqrt(spread(graph)) * 3);
    expectSame(graph, even, samples(24, 75, 'float32', 2));
  },
);

test('nothing is equalized that somebody else reads, that leaves the graph, or behind which scales would not stay apart', () => {
  const left = chain().finish();
  const sigmoid = chain().apply('logistic', {}).conv2d(2, [1, 1, 5]).finish();
  const mixing = chain().reshape([1, 15, 3, 1]).conv2d(2, [1, 1, 1]).finish();
  const whole = chain()
    .apply('mean', { axes: [1, 2, 3], keepDimensions: true })
    .conv2d(2, [1, 1, 1])
    .finish();
  for (const model of [left, sigmoid, mixing, whole]) {
    const graph = uneven(inferShapes(model));
    const even = equalizeChannels(graph, measureChannels(graph, SAMPLES));
    for (const { id, data } of graph.tensors.values()) expect(even.tensors.get(id)!.data).toBe(data);
  }
});

test('a relu6 stays where samples reach it, and lets smaller channels grow up to it', () => {
  const model = new ChainBuilder([1, 5, 5, 3]).conv2d(5, [3, 3, 3], { activation: 'relu6' }).depthwiseConv2d(5, [2, 2]);
  const graph = uneven(inferShapes(model.finish()));
  const [before] = graph.nodes;
  const reaches = measureChannels(graph, SAMPLES).get(before!.outputs[0]!)!;
  expect(reaches.greatest.at(-1)).toBe(6);
  const even = equalizeChannels(graph, measureChannels(graph, SAMPLES));
  expect(spread(even)).toBeLessThan(1.001);
  expectSame(graph, even, SAMPLES);
});

test('a channel that is always zero stays as it is', () => {
  const graph = uneven(inferShapes(NETWORKS['a depthwise convolution']!));
  const [weights, bias] = graph.nodes[0]!.inputs.slice(1).map((id) => tensorOf(graph, id).data as Float32Array);
  weights!.fill(0, 0, 27);
  bias![0] = -1;
  const even = equalizeChannels(graph, measureChannels(graph, SAMPLES));
  expect((tensorOf(even, graph.nodes[0]!.inputs[2]!).data as Float32Array)[0]).toBe(-1);
  expectSame(graph, even, SAMPLES);
});

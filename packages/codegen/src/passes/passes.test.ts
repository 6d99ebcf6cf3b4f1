import { type Graph, GraphEditor, numbers, perTensor, printGraph, verifyGraph } from '@kiln/ir';
import { expect, test } from 'vitest';
import { createEvaluator } from '../evaluate.js';
import { ChainBuilder, digitsNetwork, samples } from '../testing/graphs.js';
import { checkOperatorSupport } from './check-operator-support.js';
import { eliminateDeadNodes } from './eliminate-dead-nodes.js';
import { fuseActivations } from './fuse-activations.js';
import { inferShapes } from './infer-shapes.js';
import { mergeReshapes } from './merge-reshapes.js';
import { nameNodes } from './name-nodes.js';

const ops = (graph: Graph): string[] => graph.nodes.map(({ op }) => op);

function outputsOf(graph: Graph): number[][] {
  const evaluator = createEvaluator(graph);
  return samples(4, 64, 'uint8').map((sample) => [...numbers(evaluator.run(sample).get(graph.outputs[0]!)!)]);
}

test('shapes are inferred through the whole digits network', () => {
  const graph = inferShapes(digitsNetwork());
  const shapes = graph.nodes.map((node) => graph.tensors.get(node.outputs[0]!)!.shape.join('x'));
  expect(shapes).toEqual([
    '1x8x8x1',
    '1x6x6x32',
    '1x6x6x32',
    '1x6x6x32',
    '1x36x32x1',
    '1x18x16x1',
    '1x6x3x16',
    '1x288',
    '1x128',
    '1x128',
    '1x10',
    '1x10',
  ]);
});

test('all layers that do not fit are reported together, those behind them are not blamed', () => {
  const graph = new ChainBuilder([1, 4, 4, 2]).conv2d(3, [3, 3, 5]).relu().dense(2, 7).finish();
  expect(() => inferShapes(graph)).toThrow(/2 channels, weights expect 5/);
  const branches = new ChainBuilder([1, 4]).dense(2, 5).finish();
  expect(() => inferShapes(branches)).toThrow(/4 features, weights expect 5/);
});

test('a kernel larger than its input is an error', () => {
  const graph = new ChainBuilder([1, 2, 2, 1]).conv2d(1, [3, 3, 1]).finish();
  expect(() => inferShapes(graph)).toThrow(/3x3 kernel finds no place in an input of 2x2/);
});

test('a relu goes into the layer before it, and nothing changes', () => {
  const before = inferShapes(digitsNetwork());
  const after = fuseActivations(before);
  verifyGraph(after, 'fuseActivations');
  expect(ops(after)).not.toContain('relu');
  expect(
    after.nodes.filter((node) => 'activation' in node.attributes && node.attributes.activation === 'relu'),
  ).toHaveLength(2);
  expect(outputsOf(after)).toEqual(outputsOf(before));
});

test.each(['relu6', 'reluN1To1'] as const)('a %s goes into the layer before it, and nothing changes', (op) => {
  const chain = new ChainBuilder([1, 64], { dtype: 'float32' }).dense(9, 64).apply(op, {}).dense(3, 9).apply(op, {});
  const before = inferShapes(chain.finish());
  const after = fuseActivations(before);
  expect(after.nodes.map(({ attributes }) => attributes)).toEqual([{ activation: op }, { activation: op }]);
  const [sample] = samples(1, 64, 'float32');
  const resultOf = (graph: Graph) => createEvaluator(graph).run(sample!).get(graph.outputs[0]!);
  expect(resultOf(after)).toEqual(resultOf(before));
});

test.each(['add', 'sub', 'mul', 'div'] as const)(
  'an activation goes into the %s before it, as behind a shortcut',
  (op) => {
    const editor = GraphEditor.empty('shortcut', null);
    const tensor = (name: string) =>
      editor.addTensor({ name, shape: [1, 64], dtype: 'float32', quantization: null, data: null });
    const [x, y, z] = [tensor('x'), tensor('y'), tensor('z')] as const;
    const data = Float32Array.from({ length: 64 }, (_, i) => (i % 7) - 3.5);
    const other = editor.addTensor({ name: 'c', shape: [1, 64], dtype: 'float32', quantization: null, data });
    editor.addNode(op, 'sum', { activation: 'none' }, [x, other], [y]);
    editor.addNode('relu', 'relu', {}, [y], [z]);
    const before = editor.finish({ inputs: [x], outputs: [z] });
    const after = fuseActivations(before);
    verifyGraph(after, 'fuseActivations');
    expect(after.nodes).toMatchObject([{ op, attributes: { activation: 'relu' } }]);
    const [sample] = samples(1, 64, 'float32');
    const resultOf = (graph: Graph) => createEvaluator(graph).run(sample!).get(graph.outputs[0]!);
    expect(resultOf(after)).toEqual(resultOf(before));
  },
);

test('an activation of integers goes into the layer before it where both are on one grid, and nowhere else', () => {
  const graph = inferShapes(new ChainBuilder([1, 4]).dense(2, 4).relu().finish());
  const [sum, result] = graph.nodes.map(({ outputs }) => outputs[0]!);
  const withScales = (scales: readonly number[]): Graph => {
    const quantized = [sum!, result!].map(
      (id, i) => [id, { ...graph.tensors.get(id)!, dtype: 'int8', quantization: perTensor(scales[i]!, 3) }] as const,
    );
    return { ...graph, tensors: new Map([...graph.tensors, ...quantized]) };
  };
  expect(ops(fuseActivations(withScales([0.5, 0.5])))).toEqual(['dense']);
  expect(ops(fuseActivations(withScales([0.5, 0.25])))).toEqual(['dense', 'relu']);
});

test('a relu behind a pooling, or first of all, stays', () => {
  const graph = inferShapes(new ChainBuilder([1, 4, 4, 1]).relu().maxPool2d().relu().finish());
  expect(ops(fuseActivations(graph))).toEqual(['relu', 'maxPool2d', 'relu']);
});

test('reshapes in a row become one, and nothing changes', () => {
  const before = inferShapes(digitsNetwork());
  const after = mergeReshapes(before);
  verifyGraph(after, 'mergeReshapes');
  expect(ops(after).filter((op) => op === 'reshape')).toHaveLength(2);
  expect(outputsOf(after)).toEqual(outputsOf(before));
});

test('tensors that nothing depends on go, with their bytes', () => {
  const graph = fuseActivations(inferShapes(digitsNetwork()));
  const clean = eliminateDeadNodes(graph);
  verifyGraph(clean, 'eliminateDeadNodes');
  expect(outputsOf(clean)).toEqual(outputsOf(graph));
  const cut = { ...graph, outputs: [graph.nodes[1]!.outputs[0]!] };
  expect(ops(eliminateDeadNodes(cut))).toEqual(['standardize', 'conv2d']);
});

test('an input of a dtype that the operator does not take is an error with those it takes', () => {
  const graph = inferShapes(new ChainBuilder([1, 4], { dtype: 'uint8' }).dense(2, 4).finish());
  expect(() => checkOperatorSupport(graph)).toThrow(/reads 'input' of type uint8, expected float32 or int8 or int16/);
});

test('two nodes of one name are told apart', () => {
  const graph = new ChainBuilder([1, 4]).relu().relu().finish();
  const doubled = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, name: 'same' })) } as Graph;
  expect(nameNodes(doubled).nodes.map(({ name }) => name)).toEqual(['same', 'same_2']);
});

test('the text form is stable and names every node', () => {
  const text = printGraph(inferShapes(digitsNetwork()));
  expect(text).toBe(printGraph(inferShapes(digitsNetwork())));
  expect(text).toContain(
    '%1 conv2d "conv2d_2" strides=[1,1] dilations=[1,1] padding="valid" activation="none": t3, t4, t5 -> t6',
  );
});

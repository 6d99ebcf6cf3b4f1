import { describe, expect, test } from 'vitest';
import { type Graph, type Node, type TensorId } from './graph.js';
import { GraphEditor } from './graph-editor.js';
import { perAxis, perTensor, equalQuantization } from './quantization.js';
import { formatShape } from './shape.js';
import { throwAll, DataError, KilnErrors, MissingToolError, UsageError } from './errors.js';
import { verifyGraph } from './verify-graph.js';

function reluGraph(): Graph {
  const editor = GraphEditor.empty('relu', null);
  const tensor = (name: string): TensorId =>
    editor.addTensor({ name, shape: [1, 3], dtype: 'float32', quantization: null, data: null });
  const [x, y] = [tensor('x'), tensor('y')];
  editor.addNode('relu', 'relu', {}, [x], [y]);
  return editor.finish({ inputs: [x], outputs: [y] });
}

describe('verifyGraph', () => {
  const broken: [string, (graph: Graph) => Graph, RegExp][] = [
    ['an id without a tensor', (graph) => ({ ...graph, tensors: new Map() }), /does not exist/],
    ['an output that nobody writes', (graph) => ({ ...graph, nodes: [] }), /never written/],
    ['a value read before it is written', (graph) => ({ ...graph, inputs: [] }), /before it is written/],
    ['a value written twice', (graph) => ({ ...graph, nodes: [...graph.nodes, ...graph.nodes] }), /a second time/],
    [
      'a constant of another length than its shape',
      (graph) => withTensor(graph, { data: new Float32Array(2) }),
      /has 2 values, not 3/,
    ],
    [
      'scales that do not count along their axis',
      (graph) => withTensor(graph, { quantization: perAxis([1, 2], 1) }),
      /has 2 scales, expected 3/,
    ],
  ];
  test('takes a sound graph', () => {
    expect(() => verifyGraph(reluGraph(), 'test')).not.toThrow();
  });
  test.each(broken)('refuses %s, and names the pass', (_, spoil, message) => {
    expect(() => verifyGraph(spoil(reluGraph()), 'somePass')).toThrow(message);
  });
});

function withTensor(graph: Graph, change: object): Graph {
  const tensors = new Map(graph.tensors);
  const id = graph.inputs[0]!;
  tensors.set(id, { ...tensors.get(id)!, ...change });
  return { ...graph, tensors };
}

test('an editor leaves its graph as it was, and gives no id out twice', () => {
  const graph = reluGraph();
  const before = JSON.stringify([...graph.tensors, ...graph.nodes]);
  const editor = new GraphEditor(graph);
  const added = editor.addTensor({ name: 'z', shape: [1, 3], dtype: 'float32', quantization: null, data: null });
  editor.redirect(graph.inputs[0]!, added);
  editor.removeTensor(graph.outputs[0]!);
  editor.replaceNode(graph.nodes[0]!.id, (node) => ({ ...node, name: 'other' }) as Node);
  const after = editor.finish();
  expect(JSON.stringify([...graph.tensors, ...graph.nodes])).toBe(before);
  expect(after.nodes[0]).toMatchObject({ name: 'other', inputs: [added] });
  expect(new GraphEditor(after).addTensor({ ...graph.tensors.get(graph.inputs[0]!)!, name: 'w' })).not.toBe(added);
});

test('a node can be put first, last, and before another', () => {
  const graph = reluGraph();
  const editor = new GraphEditor(graph);
  const [x, y] = [graph.inputs[0]!, graph.outputs[0]!];
  editor.addNode('relu', 'first', {}, [x], [y], 'first');
  editor.addNode('relu', 'ahead', {}, [x], [y], { before: graph.nodes[0]!.id });
  editor.addNode('relu', 'last', {}, [x], [y]);
  expect(editor.finish().nodes.map(({ name }) => name)).toEqual(['first', 'ahead', 'relu', 'last']);
});

test('quantizations are equal by value', () => {
  expect(equalQuantization(perTensor(0.5, 1), perTensor(0.5, 1))).toBe(true);
  expect(equalQuantization(perTensor(0.5, 1), perTensor(0.5, 2))).toBe(false);
  expect(equalQuantization(perTensor(0.5, 0), perAxis([0.5], 0))).toBe(false);
  expect(equalQuantization(null, perTensor(1, 0))).toBe(false);
  expect(equalQuantization(null, null)).toBe(true);
});

test('shapes are said as people say them', () => {
  expect([formatShape([1, 8, 8, 1]), formatShape([1, 10]), formatShape([]), formatShape([1])]).toEqual([
    '8x8x1',
    '10',
    'scalar',
    '1',
  ]);
});

test('one error is thrown as itself, several together with the gravest exit code', () => {
  const data = new DataError('E-A', 'a.csv:3', 'has 63 numbers, expected 65', 'Mend this row');
  expect(() => throwAll([])).not.toThrow();
  expect(() => throwAll([data])).toThrow(data);
  expect(() => throwAll([data, new DataError(data.code, data.where, data.message, data.remedy)])).toThrow(data);
  expect(String(data)).toBe('E-A: a.csv:3: has 63 numbers, expected 65. Mend this row');
  const tool = new MissingToolError('E-B', 'emcc', 'is missing', 'sudo apt-get install -y emscripten');
  const several = new KilnErrors([data, tool, new UsageError('E-C', '--on', 'names no engine', 'Choose one')]);
  expect(several.exitCode).toBe(3);
  expect(String(several).split('\n')).toHaveLength(3);
});

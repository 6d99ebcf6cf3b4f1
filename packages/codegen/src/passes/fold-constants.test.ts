import {
  type DType,
  elementCount,
  type Graph,
  GraphEditor,
  type NodeAttributes,
  type OpName,
  perTensor,
  type TensorData,
} from '@kiln/ir';
import { expect, test } from 'vitest';
import { createEvaluator } from '../evaluate.js';
import { foldConstants } from './fold-constants.js';

const VALUES: Readonly<Record<DType, TensorData>> = {
  float32: Float32Array.of(0.25, 1.5, 2.5, 3.75),
  int8: Int8Array.of(-128, -1, 5, 127),
  uint8: Uint8Array.of(0, 1, 128, 255),
  int16: Int16Array.of(0, 1, 300, 32767),
  int32: Int32Array.of(-7, 0, 3, 2 ** 31 - 1),
  int64: BigInt64Array.of(-(2n ** 63n), -1n, 0n, 2n ** 62n + 1n),
  bool: Uint8Array.of(0, 1, 1, 0),
};

function typeOf(dtype: DType) {
  const isQuantized = dtype === 'int8' || dtype === 'uint8' || dtype === 'int16';
  return { dtype, quantization: isQuantized ? perTensor(0.5, dtype === 'uint8' ? 128 : 0) : null };
}

/** A node that reads constants alone. */
function constantGraph<K extends OpName>(
  op: K,
  attributes: NodeAttributes[K],
  [from, to]: readonly [DType, DType],
  { shape = [2, 2], count = 1, data = VALUES[from] } = {},
): Graph {
  const editor = GraphEditor.empty('test', null);
  const inputs = Array.from({ length: count }, () =>
    editor.addTensor({ name: 'constant', shape, ...typeOf(from), data }),
  );
  const y = editor.addTensor({ name: 'y', shape, ...typeOf(to), data: null });
  editor.addNode(op, op, attributes, inputs, [y]);
  return editor.finish({ inputs: [], outputs: [y] });
}

function valuesOf(graph: Graph): TensorData {
  const { data } = graph.tensors.get(graph.outputs[0]!)!;
  return data ?? createEvaluator(graph).run([]).get(graph.outputs[0]!)!;
}

function expectFolded(graph: Graph): void {
  const folded = foldConstants(graph);
  expect(folded.nodes).toEqual([]);
  expect(valuesOf(folded)).toEqual(valuesOf(graph));
  expect(valuesOf(folded).length).toBe(elementCount(graph.tensors.get(graph.outputs[0]!)!.shape));
}

test.each([
  ...(
    ['abs', 'ceil', 'cos', 'exp', 'floor', 'log', 'neg', 'round', 'rsqrt', 'sign', 'sin', 'sqrt', 'square'] as const
  ).map((op) => [op, 'float32'] as const),
  ...(['abs', 'exp', 'log', 'neg', 'rsqrt', 'sqrt'] as const).flatMap(
    (op) =>
      [
        [op, 'int8'],
        [op, 'int16'],
      ] as const,
  ),
  ['abs', 'int32'],
  ['neg', 'int64'],
  ['sign', 'int32'],
  ['logicalNot', 'bool'],
] as const)('%s of a constant of %s is computed when the C is generated', (op, dtype) => {
  expectFolded(constantGraph(op, {}, [dtype, dtype]));
});

test('powers, casts and changes of scale of constants are, too', () => {
  expectFolded(constantGraph('pow', {}, ['float32', 'float32'], { count: 2 }));
  expectFolded(constantGraph('pow', {}, ['int32', 'int32'], { count: 2 }));
  const dtypes = Object.keys(VALUES) as DType[];
  for (const from of dtypes) for (const to of dtypes) expectFolded(constantGraph('cast', {}, [from, to]));
  expectFolded(constantGraph('quantize', {}, ['float32', 'int8']));
  expectFolded(constantGraph('quantize', {}, ['int16', 'int8']));
  expectFolded(constantGraph('dequantize', {}, ['uint8', 'float32']));
  const pooling = { window: [2, 1], strides: [1, 1], padding: 'same', activation: 'none' } as const;
  expectFolded(constantGraph('l2Pool2d', pooling, ['float32', 'float32'], { shape: [1, 2, 2, 1] }));
});

test('infinities and what is no number stay to be computed: C has no literal for them', () => {
  for (const value of [0, -1]) {
    const data = Float32Array.of(1, 2, 3, value);
    expect(foldConstants(constantGraph('log', {}, ['float32', 'float32'], { data })).nodes).toHaveLength(1);
  }
});

import { type Graph, type Node, tensorOf } from '@kiln/ir';
import { describe, expect, test } from 'vitest';
import { onnxFile, type OnnxNodePlan, type OnnxPlan } from '../testing/write-onnx.js';
import { isOnnx, readOnnx } from './read.js';

const read = (plan: OnnxPlan): Graph => readOnnx(onnxFile(plan), 'net.onnx');
const opsOf = (graph: Graph): string[] => graph.nodes.map(({ op }) => op);
const counted = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i + 1);
const whole = (...values: number[]) => [[values.length], BigInt64Array.from(values, BigInt)] as const;
const shapeOf = (graph: Graph): readonly number[] => tensorOf(graph, graph.outputs[0]!).shape;

/** x -> one node -> y, with constants behind x. */
function single(
  op: string,
  shape: readonly number[],
  attributes: OnnxNodePlan['attributes'],
  constants: OnnxPlan['constants'] = {},
  opset = 17,
): Graph {
  const nodes = [{ op, inputs: ['x', ...Object.keys(constants)], outputs: ['y'], attributes: attributes! }];
  return read({ opset, inputs: { x: shape }, nodes, constants, outputs: ['y'] });
}

test('a file is known by its first bytes', () => {
  const nodes = [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }];
  expect(isOnnx(onnxFile({ inputs: { x: [1, 2] }, nodes, outputs: ['y'] }))).toBe(true);
  for (const text of ['', '\u0008', '\u0008\u0001\u0012', '{"format":', '\u001c\u0000\u0000\u0000TFL3'])
    expect(isOnnx(new TextEncoder().encode(text)), text).toBe(false);
});

describe('channels', () => {
  const kernel = { w: [[2, 1, 3, 3], counted(18)] } as const;

  test('stand last between operators, and where the file has them at its ends', () => {
    const graph = single('Conv', [1, 1, 5, 4], {}, kernel);
    expect(opsOf(graph)).toEqual(['reshape', 'conv2d', 'transpose']);
    expect(shapeOf(graph)).toEqual([1, 2, 3, 2]);
    // [filters, channels, height, width] becomes [filters, height, width, channels].
    const [, conv] = graph.nodes;
    expect(tensorOf(graph, conv!.inputs[1]!)).toMatchObject({ shape: [2, 3, 3, 1], data: counted(18) });
  });

  test('that were turned for ONNX are not turned back and forth', () => {
    const graph = read({
      inputs: { x: [1, 5, 4, 3] },
      nodes: [
        { op: 'Transpose', inputs: ['x'], outputs: ['a'], attributes: { perm: [0, 3, 1, 2] } },
        { op: 'Conv', inputs: ['a', 'w'], outputs: ['b'] },
        { op: 'Relu', inputs: ['b'], outputs: ['c'] },
        { op: 'Transpose', inputs: ['c'], outputs: ['y'], attributes: { perm: [0, 2, 3, 1] } },
      ],
      constants: { w: [[2, 3, 1, 1], counted(6)] },
      outputs: ['y'],
    });
    expect(opsOf(graph)).toEqual(['conv2d', 'relu']);
    expect(shapeOf(graph)).toEqual([1, 5, 4, 2]);
  });

  test('are flattened in the order of the file', () => {
    const nodes = [
      { op: 'Relu', inputs: ['x'], outputs: ['a'] },
      { op: 'MaxPool', inputs: ['a'], outputs: ['b'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
      { op: 'Flatten', inputs: ['b'], outputs: ['y'] },
    ];
    const graph = read({ inputs: { x: [1, 3, 4, 4] }, nodes, outputs: ['y'] });
    const last = graph.nodes.slice(-2) as [Node, Node];
    expect(last.map(({ op }) => op)).toEqual(['transpose', 'reshape']);
    expect(last[0].attributes).toEqual({ permutation: [0, 3, 1, 2] });
  });

  test('of slopes and factors are broadcast along their own dimension', () => {
    const nodes = [
      { op: 'MaxPool', inputs: ['x'], outputs: ['a'], attributes: { kernel_shape: [1, 1] } },
      { op: 'Mul', inputs: ['a', 'f'], outputs: ['y'] },
    ];
    const constants = { f: [[3, 1, 1], counted(3)] } as const;
    const graph = read({ inputs: { x: [1, 3, 2, 2] }, nodes, constants, outputs: ['y'] });
    const factor = tensorOf(graph, graph.nodes.find(({ op }) => op === 'mul')!.inputs[1]!);
    expect(factor.shape.filter((size) => size > 1)).toEqual([3]);
    expect(factor.shape.at(-1)).toBe(3);
  });
});

describe('auto_pad', () => {
  const kernel = { w: [[1, 1, 2, 2], counted(4)] } as const;

  test('SAME_UPPER is what the operator does', () => {
    const graph = single('Conv', [1, 1, 4, 4], { auto_pad: 'SAME_UPPER' }, kernel);
    expect(opsOf(graph)).toEqual(['reshape', 'conv2d', 'reshape']);
    expect(graph.nodes[1]!.attributes).toMatchObject({ padding: 'same' });
  });

  test('SAME_LOWER pads in front', () => {
    const graph = single('Conv', [1, 1, 4, 4], { auto_pad: 'SAME_LOWER' }, kernel);
    const pad = graph.nodes.find(({ op }) => op === 'pad')!;
    expect(pad.attributes).toEqual({ before: [0, 1, 1, 0], after: [0, 0, 0, 0] });
    expect(shapeOf(graph)).toEqual([1, 1, 4, 4]);
  });

  test('pads that the operator does by itself are no node, others are', () => {
    const three = { w: [[1, 1, 3, 3], counted(9)] } as const;
    expect(opsOf(single('Conv', [1, 1, 4, 4], { pads: [1, 1, 1, 1] }, three))).not.toContain('pad');
    // With a stride of 2 and an even size TensorFlow pads behind alone.
    const strided = { pads: [1, 1, 1, 1], strides: [2, 2] };
    expect(opsOf(single('Conv', [1, 1, 4, 4], strided, three))).toContain('pad');
  });

  test('a maximum is padded with its own elements, so that no other value comes in', () => {
    const graph = single('MaxPool', [1, 1, 4, 4], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
    const pad = graph.nodes.find(({ op }) => op === 'mirrorPad')!;
    expect(pad.attributes).toMatchObject({ before: [0, 1, 1, 0], mode: 'symmetric' });
  });
});

describe('softmax', () => {
  test('before version 13 goes over all dimensions from its axis on', () => {
    const graph = single('Softmax', [1, 3, 4], {}, {}, 12);
    expect(opsOf(graph)).toEqual(['reshape', 'softmax', 'reshape']);
    expect(tensorOf(graph, graph.nodes[1]!.inputs[0]!).shape).toEqual([1, 12]);
  });

  test('from version 13 on goes over the last', () => {
    expect(opsOf(single('Softmax', [1, 3, 4], {}))).toEqual(['softmax']);
  });

  test('over channels that stand second is over the last here', () => {
    const graph = single('Softmax', [1, 3, 4, 4], { axis: 1 });
    expect(opsOf(graph)).toEqual(['transpose', 'softmax', 'transpose']);
  });
});

describe('QuantizeLinear and DequantizeLinear', () => {
  const scalar = (value: number) => [[], Float32Array.of(value)] as const;
  const zero = (value: number) => [[], Int8Array.of(value)] as const;
  const around = (value: string, grid: string, result: string): OnnxNodePlan[] => [
    { op: 'QuantizeLinear', inputs: [value, `${grid}s`, `${grid}z`], outputs: [`${result}q`] },
    { op: 'DequantizeLinear', inputs: [`${result}q`, `${grid}s`, `${grid}z`], outputs: [result] },
  ];

  function quantizedConv(second: readonly OnnxNodePlan[]): Graph {
    return read({
      inputs: { x: [1, 1, 3, 3] },
      nodes: [
        ...around('x', 'a', 'xr'),
        { op: 'DequantizeLinear', inputs: ['w', 'ws', 'wz'], outputs: ['wr'], attributes: { axis: 0 } },
        { op: 'Conv', inputs: ['xr', 'wr', 'b'], outputs: ['c'] },
        ...second,
      ],
      constants: {
        ...{ as: scalar(0.5), az: zero(3), bs: scalar(2), bz: zero(-128) },
        ...{ w: [[2, 1, 3, 3], Int8Array.from(counted(18))], ws: [[2], Float32Array.of(0.25, 0.125)] },
        ...{ wz: [[2], Int8Array.of(0, 0)], b: [[2], Float32Array.of(1, -1)] },
      },
      outputs: ['y'],
    });
  }

  test('around a convolution make one of integers, its bias on the product of the scales', () => {
    const graph = quantizedConv(around('c', 'b', 'y'));
    const conv = graph.nodes.find(({ op }) => op === 'conv2d')!;
    const [x, weights, bias] = conv.inputs.map((id) => tensorOf(graph, id));
    expect(x).toMatchObject({ dtype: 'int8', quantization: { scale: [0.5], zeroPoint: [3] } });
    expect(weights).toMatchObject({
      dtype: 'int8',
      quantization: { scale: [0.25, 0.125], zeroPoint: [0, 0], axis: 0 },
    });
    expect(bias).toMatchObject({ dtype: 'int32', data: Int32Array.of(8, -16) });
    expect(tensorOf(graph, conv.outputs[0]!)).toMatchObject({
      dtype: 'int8',
      quantization: { scale: [2], zeroPoint: [-128] },
    });
  });

  test('behind a relu round the convolution in front of it', () => {
    const graph = quantizedConv([{ op: 'Relu', inputs: ['c'], outputs: ['r'] }, ...around('r', 'b', 'y')]);
    expect(opsOf(graph).filter((op) => op !== 'transpose' && op !== 'reshape')).toEqual([
      'quantize',
      'conv2d',
      'relu',
      'dequantize',
    ]);
  });

  test('that are not there leave the convolution in floats', () => {
    const graph = quantizedConv([{ op: 'Relu', inputs: ['c'], outputs: ['y'] }]);
    const conv = graph.nodes.find(({ op }) => op === 'conv2d')!;
    for (const id of conv.inputs) expect(tensorOf(graph, id).dtype).toBe('float32');
    expect(tensorOf(graph, conv.inputs[1]!).data!.slice(0, 2)).toEqual(Float32Array.of(0.25, 0.5));
  });
});

describe('GELU in parts', () => {
  const parts = (...products: readonly OnnxNodePlan[]): OnnxNodePlan[] => [
    { op: 'Div', inputs: ['x', 'root'], outputs: ['scaled'] },
    { op: 'Erf', inputs: ['scaled'], outputs: ['erf'] },
    { op: 'Add', inputs: ['erf', 'one'], outputs: ['sum'] },
    ...products,
  ];
  const constants: OnnxPlan['constants'] = {
    root: [[], Float32Array.of(Math.SQRT2)],
    one: [[], Float32Array.of(1)],
    half: [[], Float32Array.of(0.5)],
  };
  const product = (a: string, b: string, y: string): OnnxNodePlan => ({ op: 'Mul', inputs: [a, b], outputs: [y] });
  const gelu = (...products: OnnxNodePlan[]): Graph =>
    read({ inputs: { x: [1, 4] }, nodes: parts(...products), constants, outputs: ['y'] });

  test('is one node, however its factors are multiplied', () => {
    for (const products of [
      [product('x', 'sum', 'p'), product('p', 'half', 'y')],
      [product('sum', 'half', 'p'), product('p', 'x', 'y')],
      [product('x', 'half', 'p'), product('p', 'sum', 'y')],
    ])
      expect(gelu(...products).nodes).toMatchObject([{ op: 'gelu', attributes: { approximate: false } }]);
  });

  test('is left in parts, and so refused, where a factor is another', () => {
    expect(() => gelu(product('x', 'sum', 'p'), product('p', 'one', 'y'))).toThrow(/E-ONNX-OPERATOR|has no form/);
    expect(() => gelu(product('sum', 'sum', 'p'), product('p', 'half', 'y'))).toThrow(/has no form/);
  });
});

test('indices from the end count from the beginning, and those beyond are refused', () => {
  const gathered = (...indices: number[]) => {
    const constants = { i: [[1, indices.length], BigInt64Array.from(indices, BigInt)] } as const;
    return single('GatherND', [2, 3], {}, constants);
  };
  const graph = gathered(-1, -3);
  expect(tensorOf(graph, graph.nodes[0]!.inputs[1]!)).toMatchObject({ data: Int32Array.of(1, 0) });
  expect(() => gathered(1, 3)).toThrow(/indices beyond 2 x 3/);
});

test('a shape that follows from shapes is computed while reading', () => {
  const graph = read({
    inputs: { x: [1, 2, 3] },
    nodes: [
      { op: 'Shape', inputs: ['x'], outputs: ['s'] },
      { op: 'Gather', inputs: ['s', 'first'], outputs: ['n'] },
      { op: 'Concat', inputs: ['n', 'rest'], outputs: ['shape'], attributes: { axis: 0 } },
      { op: 'Reshape', inputs: ['x', 'shape'], outputs: ['y'] },
    ],
    constants: { first: whole(0), rest: whole(-1) },
    outputs: ['y'],
  });
  expect(opsOf(graph)).toEqual(['reshape']);
  expect(shapeOf(graph)).toEqual([1, 6]);
});

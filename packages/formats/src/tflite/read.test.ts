import { KilnErrors, printGraph } from '@kiln/ir';
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  type Fields,
  type ModelPlan,
  type TensorPlan,
  writeTflite,
  writeTfliteTables,
} from '../testing/write-tflite.js';
import { isTflite, readTflite } from './read.js';

const input: TensorPlan = { name: 'x', shape: [1, 4], type: 'INT8', scale: [0.5], zeroPoint: [3] };
const output: TensorPlan = { name: 'y', shape: [1, 2], type: 'INT8', scale: [0.25], zeroPoint: [-1] };
const weights: TensorPlan = {
  name: 'w',
  shape: [2, 4],
  type: 'INT8',
  bytes: bytesOf(Int8Array.of(1, 2, 3, 4, -1, -2, -3, -4)),
  scale: [0.1, 0.2],
  axis: 0,
};
const bias: TensorPlan = {
  name: 'b',
  shape: [2],
  type: 'INT32',
  bytes: bytesOf(Int32Array.of(7, -9)),
  scale: [0.05, 0.1],
};

function denseModel(changes: Partial<ModelPlan> = {}): ModelPlan {
  return {
    tensors: [input, weights, bias, output],
    operators: [{ op: 'FULLY_CONNECTED', inputs: [0, 1, 2], outputs: [3] }],
    inputs: [0],
    outputs: [3],
    ...changes,
  };
}

/** The model with one of its tensors changed. */
function withTensor(index: number, changes: Partial<TensorPlan>): ModelPlan {
  const plan = denseModel();
  return { ...plan, tensors: plan.tensors.map((tensor, i) => (i === index ? { ...tensor, ...changes } : tensor)) };
}

function errorsOf(bytes: Uint8Array): string[] {
  try {
    readTflite(bytes, 'm.tflite');
  } catch (error) {
    return error instanceof KilnErrors ? error.errors.map(String) : [String(error)];
  }
  return [];
}

test('a dense layer becomes a graph with its scales and values', () => {
  const bytes = writeTflite(denseModel());
  expect(isTflite(bytes)).toBe(true);
  const graph = readTflite(bytes, 'folder/m.tflite');
  expect(graph.name).toBe('m');
  const [node] = graph.nodes;
  expect(node).toMatchObject({ op: 'dense', name: 'y', attributes: { activation: 'none' } });
  const tensors = [...node!.inputs, ...node!.outputs].map((id) => graph.tensors.get(id)!);
  expect(tensors.map(({ name, dtype, shape }) => `${name} ${dtype} ${shape.join('x')}`)).toEqual([
    'x int8 1x4',
    'w int8 2x4',
    'b int32 2',
    'y int8 1x2',
  ]);
  expect(tensors[1]!.quantization).toMatchObject({ axis: 0, zeroPoint: [0, 0] });
  expect(tensors[0]!.quantization).toEqual({ scale: [0.5], zeroPoint: [3], axis: null });
  expect([...tensors[2]!.data!]).toEqual([7, -9]);
});

test('a missing bias is zeros in the unit of the products', () => {
  const plan = denseModel({ operators: [{ op: 'FULLY_CONNECTED', inputs: [0, 1, -1], outputs: [3] }] });
  const graph = readTflite(writeTflite(plan), 'm.tflite');
  const zeros = graph.tensors.get(graph.nodes[0]!.inputs[2]!)!;
  expect([...zeros.data!]).toEqual([0, 0]);
  expect(zeros.quantization!.scale[1]).toBeCloseTo(0.1);
});

test("a signature's names win over the tensors' own", () => {
  const signature = {
    signatureKey: 'serve',
    subgraphIndex: 0,
    inputs: [{ name: 'pixels', tensorIndex: 0 }],
    outputs: [{ name: 'scores', tensorIndex: 3 }],
  };
  const graph = readTflite(writeTflite(denseModel({ fields: { signatureDefs: [signature] } })), 'm.tflite');
  expect(graph.tensors.get(graph.inputs[0]!)!.name).toBe('pixels');
  expect(graph.tensors.get(graph.outputs[0]!)!.name).toBe('scores');
});

test('an open batch is taken as 1, and said', () => {
  const notes: string[] = [];
  readTflite(writeTflite(withTensor(0, { fields: { shapeSignature: [-1, 4] } })), 'm.tflite', (line) =>
    notes.push(line),
  );
  expect(notes).toEqual(["m.tflite: input 'x' has the open shape [-1, 4]: taken as [1, 4]"]);
});

test('weights of 4 bits are unpacked, the first in the low half', () => {
  const bytes = Uint8Array.of(0x21, 0x43, 0xef, 0xcd);
  const graph = readTflite(writeTflite(withTensor(1, { type: 'INT4', bytes })), 'm.tflite');
  expect([...graph.tensors.get(graph.nodes[0]!.inputs[1]!)!.data!]).toEqual([1, 2, 3, 4, -1, -2, -3, -4]);
});

test('float16 weights are widened through their DEQUANTIZE', () => {
  const half: TensorPlan = { name: 'h', shape: [3], type: 'FLOAT16', bytes: Uint8Array.of(0, 0x3c, 0, 0xc0, 1, 0) };
  const plan: ModelPlan = {
    tensors: [
      { name: 'x', shape: [3], type: 'FLOAT32' },
      half,
      { name: 'f', shape: [3], type: 'FLOAT32' },
      { name: 'y', shape: [3], type: 'FLOAT32' },
    ],
    operators: [
      { op: 'DEQUANTIZE', inputs: [1], outputs: [2] },
      { op: 'ADD', inputs: [0, 2], outputs: [3] },
    ],
    inputs: [0],
    outputs: [3],
  };
  const graph = readTflite(writeTflite(plan), 'm.tflite');
  expect(graph.nodes.map(({ op }) => op)).toEqual(['add']);
  expect([...graph.tensors.get(graph.nodes[0]!.inputs[1]!)!.data!]).toEqual([1, -2, 2 ** -24]);
});

const vector = (...values: number[]): Fields => ({ member: 'Uint8Vector', table: { values: Uint8Array.from(values) } });

test('sparse weights are filled with the zeros they leave out', () => {
  const sparsity = {
    traversalOrder: [0, 1],
    blockMap: [],
    dimMetadata: [
      { format: 0, denseSize: 2 },
      { format: 1, arraySegments: vector(0, 1, 3), arrayIndices: vector(2, 0, 3) },
    ],
  };
  const plan = withTensor(1, { bytes: bytesOf(Int8Array.of(5, 6, 7)), fields: { sparsity } });
  const graph = readTflite(writeTflite(plan), 'm.tflite');
  expect([...graph.tensors.get(graph.nodes[0]!.inputs[1]!)!.data!]).toEqual([0, 0, 5, 0, 6, 0, 0, 7]);
});

describe('what is wrong with a file is said, with its place', () => {
  const spoilt: readonly [string, ModelPlan, RegExp][] = [
    [
      'values that do not fill the shape',
      withTensor(1, { bytes: bytesOf(Int8Array.of(1)) }),
      /E-TFLITE-BYTES: m.tflite, tensor 1 'w': has 1 bytes of values, expected 8 for INT8\[2, 4\]/,
    ],
    [
      'a scale of zero',
      withTensor(0, { scale: [0] }),
      /E-TFLITE-SCALE.*tensor 0 'x': has the scale 0, expected a finite one above 0/,
    ],
    [
      'a zero point out of range',
      withTensor(0, { zeroPoint: [200] }),
      /E-TFLITE-ZERO-POINT.*has the zero point 200, expected -128 to 127/,
    ],
    [
      'scales that do not fit the dimension',
      withTensor(1, { scale: [1, 2, 3] }),
      /E-TFLITE-SCALE.*3 scales along dimension 0 of \[2, 4\], expected 2/,
    ],
    ['a negative size', withTensor(0, { shape: [1, -4] }), /E-TFLITE-SHAPE.*\[1, -4\], expected sizes of 0 or more/],
    [
      'nine dimensions',
      withTensor(0, { shape: [1, 1, 1, 1, 1, 1, 1, 1, 4] }),
      /E-TFLITE-SHAPE.*9 dimensions, expected at most 8/,
    ],
    ['more elements than any board', withTensor(0, { shape: [2 ** 30, 4] }), /E-TFLITE-SHAPE.*expected at most/],
    [
      'values kept outside',
      withTensor(1, { fields: { externalBuffer: 3 } }),
      /E-TFLITE-EXTERNAL.*keeps its values outside/,
    ],
    ['a buffer that does not exist', withTensor(1, { fields: { buffer: 99 } }), /E-TFLITE-INDEX.*names buffer 99/],
    ['an input that does not exist', denseModel({ inputs: [77] }), /E-TFLITE-INDEX.*inputs: name tensor 77/],
    ['no output', denseModel({ outputs: [] }), /E-TFLITE-OUTPUTS/],
    ['a tensor that nobody writes', denseModel({ operators: [] }), /E-TFLITE-OUTPUT.*tensor 'y'/],
    [
      'an operator that reads what it writes',
      denseModel({ operators: [{ op: 'FULLY_CONNECTED', inputs: [3, 1, 2], outputs: [3] }] }),
      /E-TFLITE-ORDER.*operator 0 FULLY_CONNECTED: reads 'y' \(tensor 3\) before anything writes it/,
    ],
    [
      'a custom operator',
      denseModel({ operators: [{ op: 'MyOwnOp', inputs: [0], outputs: [3] }] }),
      /E-TFLITE-OPERATOR: m.tflite, operator 0 MyOwnOp \(x -> y\)/,
    ],
    ['an input of text', withTensor(0, { type: 'STRING' }), /E-TFLITE-TYPE.*STRING/],
    [
      'options of another operator',
      denseModel({
        operators: [
          { op: 'FULLY_CONNECTED', inputs: [0, 1, 2], outputs: [3], options: ['SoftmaxOptions', { beta: 1 }] },
        ],
      }),
      /E-TFLITE-OPTIONS.*has SoftmaxOptions, expected FullyConnectedOptions/,
    ],
    [
      'a fused activation of its own',
      denseModel({
        operators: [
          {
            op: 'FULLY_CONNECTED',
            inputs: [0, 1, 2],
            outputs: [3],
            options: ['FullyConnectedOptions', { fusedActivationFunction: 4 }],
          },
        ],
      }),
      /E-TFLITE-ACTIVATION.*TANH/,
    ],
  ];
  test.each(spoilt)('%s', (_, plan, message) => {
    const errors = errorsOf(writeTflite(plan));
    expect(errors.join('\n')).toMatch(message);
  });

  test('sparse weights whose segments lead nowhere', () => {
    const sparsity = {
      traversalOrder: [0, 1],
      blockMap: [],
      dimMetadata: [
        { format: 0, denseSize: 2 },
        { format: 1, arraySegments: vector(0, 1, 9), arrayIndices: vector(2, 0, 3) },
      ],
    };
    const plan = withTensor(1, { bytes: bytesOf(Int8Array.of(5, 6, 7)), fields: { sparsity } });
    expect(errorsOf(writeTflite(plan)).join()).toMatch(/E-TFLITE-SPARSE/);
  });

  test('a file that is cut off anywhere is damaged, not a crash', () => {
    const bytes = writeTflite(denseModel());
    for (let length = 8; length < bytes.length; length++) {
      expect(errorsOf(bytes.subarray(0, length)).join()).toMatch(/E-TFLITE-/);
    }
  });

  test('text that is no model, and a model of another schema', () => {
    expect(errorsOf(new TextEncoder().encode('hello, world'))).toEqual([
      expect.stringMatching(/E-TFLITE-IDENTIFIER: m.tflite: starts with 'o, w' at byte 4, expected TFL3/),
    ]);
    expect(errorsOf(writeTfliteTables({ version: 2 })).join()).toMatch(/E-TFLITE-VERSION.*2, expected 3/);
  });
});

test('ten problems are ten errors, in one run', () => {
  const broken = (index: number, changes: Partial<TensorPlan>): TensorPlan => ({
    ...[input, weights, bias, output][index]!,
    ...changes,
  });
  const plan: ModelPlan = {
    tensors: [
      broken(0, { scale: [-1] }),
      broken(1, { bytes: bytesOf(Int8Array.of(1)) }),
      broken(2, { fields: { buffer: 50 } }),
      broken(3, { shape: [1, -2] }),
      broken(0, { name: 'far', fields: { externalBuffer: 1 }, bytes: bytesOf(Int8Array.of(1)) }),
      broken(0, { name: 'odd', zeroPoint: [999] }),
      broken(1, { name: 'many', scale: [1, 2, 3] }),
    ],
    operators: [
      { op: 'FULLY_CONNECTED', inputs: [0, 1, 2], outputs: [3] },
      { op: 'FULLY_CONNECTED', inputs: [0, 1, 200], outputs: [3] },
    ],
    inputs: [0],
    outputs: [99],
  };
  const codes = errorsOf(writeTflite(plan)).map((error) => error.split(':')[0]);
  expect(codes).toEqual([
    'E-TFLITE-SCALE',
    'E-TFLITE-BYTES',
    'E-TFLITE-INDEX',
    'E-TFLITE-SHAPE',
    'E-TFLITE-EXTERNAL',
    'E-TFLITE-ZERO-POINT',
    'E-TFLITE-SCALE',
    'E-TFLITE-INDEX',
    'E-TFLITE-INDEX',
    'E-TFLITE-WRITES',
  ]);
});

test('what several operators cannot do is told together', () => {
  const plan = denseModel({
    operators: [
      { op: 'Mystery', inputs: [0], outputs: [4] },
      {
        op: 'FULLY_CONNECTED',
        inputs: [4, 1, 2],
        outputs: [3],
        options: ['FullyConnectedOptions', { weightsFormat: 1 }],
      },
    ],
    tensors: [...denseModel().tensors, { ...input, name: 'between' }],
  });
  expect(errorsOf(writeTflite(plan)).map((error) => error.split(':')[0])).toEqual([
    'E-TFLITE-OPERATOR',
    'E-TFLITE-WEIGHTS',
  ]);
});

test('the graph that was read prints', () => {
  expect(printGraph(readTflite(writeTflite(denseModel()), 'm.tflite'))).toContain('dense');
});

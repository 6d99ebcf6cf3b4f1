import { type Graph, GraphEditor, perTensor, type TensorId } from '@kiln/ir';
import { describe, expect, test } from 'vitest';
import { readTflite } from '../read.js';
import { BUILTIN_OPERATORS } from '../schema/enums.js';
import { CheckedFile } from '../schema/read-table.js';
import { tflite } from './write.js';

const FLOAT = { dtype: 'float32', quantization: null, data: null } as const;

async function fileOf(graph: Graph): Promise<Uint8Array> {
  const [file] = await tflite.write(graph);
  return file!.contents as Uint8Array;
}

/** x [1, 4] -> dense of equal weights and biases -> y [1, 4], and its sum with x. */
function network(change: Partial<{ dtype: 'int8'; classes: string[] }> = {}): Graph {
  const editor = GraphEditor.empty('test', change.classes ?? null);
  const isFloat = change.dtype === undefined;
  const quantization = isFloat ? null : perTensor(0.5, 3);
  const type = { dtype: isFloat ? 'float32' : 'int8', quantization, data: null } as const;
  const add = (name: string): TensorId => editor.addTensor({ name, shape: [1, 4], ...type });
  const [x, y, z] = [add('pixels'), add('dense'), add('scores')] as [TensorId, TensorId, TensorId];
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => (i % 4) - 1);
  const weights = editor.addTensor({
    ...{ name: 'w', shape: [4, 4], quantization: isFloat ? null : perTensor(0.25, 0) },
    ...(isFloat
      ? { dtype: 'float32', data: Float32Array.from(numbers(16)) }
      : { dtype: 'int8', data: Int8Array.from(numbers(16)) }),
  });
  const bias = (name: string): TensorId =>
    editor.addTensor({
      ...{ name, shape: [4], quantization: isFloat ? null : perTensor(0.125, 0) },
      ...(isFloat
        ? { dtype: 'float32', data: Float32Array.from(numbers(4)) }
        : { dtype: 'int32', data: Int32Array.from(numbers(4)) }),
    });
  editor.addNode('dense', 'dense', { activation: 'relu' }, [x, weights, bias('b')], [y]);
  editor.addNode('dense', 'again', { activation: 'none' }, [y, weights, bias('c')], [z]);
  return editor.finish({ inputs: [x], outputs: [z] });
}

const rootOf = (bytes: Uint8Array) => new CheckedFile(bytes).root('Model');

test('the same graph gives the same bytes, and they say what they are', async () => {
  const bytes = await fileOf(network());
  expect(Buffer.from(await fileOf(network())).equals(bytes)).toBe(true);
  const model = rootOf(bytes);
  expect(model).toMatchObject({ version: 3, description: 'Written by Kiln' });
  expect(model.signatureDefs).toEqual([
    {
      ...{ signatureKey: 'serving_default', subgraphIndex: 0 },
      inputs: [{ name: 'pixels', tensorIndex: 0 }],
      outputs: [{ name: 'scores', tensorIndex: model.subgraphs[0]!.outputs[0] }],
    },
  ]);
});

test('constants stand at multiples of 16 bytes, equal ones once', async () => {
  const bytes = await fileOf(network());
  const data = rootOf(bytes).buffers.flatMap((buffer) => (buffer.data === null ? [] : [buffer.data]));
  // Weights, one bias for both layers, and the metadata.
  expect(data.map(({ length }) => length)).toEqual([64, 16, 16]);
  for (const { byteOffset } of data) expect((byteOffset - bytes.byteOffset) % 16).toBe(0);
});

/** `FULLY_CONNECTED 4` and so on, and the oldest runtime that the file asks for. */
async function versionsOf(graph: Graph): Promise<readonly [operators: string[], runtime: string]> {
  const { operatorCodes, metadata, buffers } = rootOf(await fileOf(graph));
  const operators = operatorCodes.map(({ builtinCode, version }) => `${BUILTIN_OPERATORS[builtinCode]} ${version}`);
  expect(metadata.map(({ name }) => name)).toEqual(['min_runtime_version']);
  const text = new TextDecoder().decode(buffers[metadata[0]!.buffer]!.data!);
  expect(text).toHaveLength(16);
  return [operators, text.replace(/\0+$/, '')];
}

test('the version of an operator goes with its types, that of the runtime with the operators', async () => {
  expect(await versionsOf(network())).toEqual([['FULLY_CONNECTED 1'], '1.5.0']);
  expect(await versionsOf(network({ dtype: 'int8' }))).toEqual([['FULLY_CONNECTED 4'], '1.14.0']);
});

test('numbers above 127 do not fit the byte of old readers, who see 127', async () => {
  const editor = GraphEditor.empty('test', null);
  const [x, y] = ['x', 'y'].map((name) => editor.addTensor({ name, shape: [2], ...FLOAT })) as [TensorId, TensorId];
  editor.addNode('gelu', 'gelu', { approximate: true }, [x], [y]);
  const graph = editor.finish({ inputs: [x], outputs: [y] });
  const { operatorCodes } = rootOf(await fileOf(graph));
  expect(operatorCodes[0]).toMatchObject({ deprecatedBuiltinCode: 127, builtinCode: 150, version: 1 });
  expect(await versionsOf(graph)).toEqual([['GELU 1'], '2.9.0']);
});

/** y = x + state; the state becomes y, and begins as given. */
function accumulator(initial: Float32Array): Graph {
  const editor = GraphEditor.empty('test', null);
  const [x, before, y] = ['x', 'sum', 'y'].map((name) => editor.addTensor({ name, shape: [2], ...FLOAT })) as [
    TensorId,
    TensorId,
    TensorId,
  ];
  editor.addNode('add', 'add', { activation: 'none' }, [x, before], [y]);
  return editor.finish({ inputs: [x], outputs: [y], states: [{ name: 'sum', before, after: y, initial }] });
}

describe('states', () => {
  test('are variables, with their first values', async () => {
    const graph = readTflite(await fileOf(accumulator(Float32Array.of(3, -1))), 'm.tflite');
    expect(graph.nodes.map(({ op }) => op)).toEqual(['add']);
    expect(graph.states).toMatchObject([{ name: 'sum', after: graph.outputs[0], initial: Float32Array.of(3, -1) }]);
  });

  test('that an operator must keep to itself are refused where others see them, each node by its name', () => {
    const editor = GraphEditor.empty('test', null);
    const add = (name: string, shape: number[]): TensorId => editor.addTensor({ name, shape, ...FLOAT });
    const [x, before] = [add('x', [1, 1, 1, 2]), add('past', [1, 3, 1, 2])];
    const results = ['first', 'second'].map((name) => {
      const result = add(name, [1, 3, 1, 2]);
      editor.addNode('circularBuffer', `buffer ${name}`, {}, [x, before], [result]);
      return result;
    });
    const state = { name: 'past', before, after: results[0]!, initial: new Float32Array(6) };
    const graph = editor.finish({ inputs: [x], outputs: results, states: [state] });
    expect(() => tflite.write(graph)).toThrow(
      expect.objectContaining({
        errors: ['first', 'second'].map((name) =>
          expect.objectContaining({ code: 'E-TFLITE-OWN-STATE', where: `node 'buffer ${name}'` }),
        ),
      }),
    );
  });
});

test('bytes that a float network reads as they are keep no scale on their way back', async () => {
  const editor = GraphEditor.empty('test', null);
  const x = editor.addTensor({ name: 'pixels', shape: [2], ...FLOAT, dtype: 'uint8' });
  const y = editor.addTensor({ name: 'numbers', shape: [2], ...FLOAT });
  editor.addNode('cast', 'cast', {}, [x], [y]);
  const bytes = await fileOf(editor.finish({ inputs: [x], outputs: [y] }));
  expect(rootOf(bytes).subgraphs[0]!.tensors[0]!.quantization).toMatchObject({ scale: [1], zeroPoint: [0n] });
  const graph = readTflite(bytes, 'm.tflite');
  expect(graph.nodes.map(({ op }) => op)).toEqual(['cast']);
  expect(graph.tensors.get(graph.inputs[0]!)).toMatchObject({ dtype: 'uint8', quantization: null });
});

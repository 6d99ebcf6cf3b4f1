import { KilnErrors, printGraph } from '@kiln/ir';
import { expect, test } from 'vitest';
import { readTfjsLayers } from './read.js';

type Json = Record<string, unknown>;

const dense = (name: string, options: Json = {}): Json => ({
  class_name: 'Dense',
  config: { name, units: 2, activation: 'linear', use_bias: true, ...options },
});
const first = (layer: Json, shape: (number | null)[] = [null, 3]): Json => ({
  ...layer,
  config: { ...(layer['config'] as Json), batch_input_shape: shape },
});

interface Parts {
  readonly topology: unknown;
  readonly weights?: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly extra?: Json;
  readonly bytes?: Uint8Array;
}

const DENSE_WEIGHTS = [
  { name: 'd/kernel', shape: [3, 2] },
  { name: 'd/bias', shape: [2] },
];

/** Reads a model put together from its parts; weights count up from 1. */
function read({ topology, weights = DENSE_WEIGHTS, extra = {}, bytes }: Parts) {
  const count = weights.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  const manifest = [{ paths: ['weights.bin'], weights: weights.map((weight) => ({ ...weight, dtype: 'float32' })) }];
  const text = JSON.stringify({ modelTopology: topology, weightsManifest: manifest, ...extra });
  const data = bytes ?? new Uint8Array(Float32Array.from({ length: count }, (_, i) => i + 1).buffer);
  return readTfjsLayers(text, 'model.json', () => data);
}

const sequential = (...layers: Json[]): unknown => ({ class_name: 'Sequential', config: { name: 'net', layers } });

function problemsOf(parts: Parts): string[] {
  try {
    read(parts);
  } catch (error) {
    return error instanceof KilnErrors ? error.errors.map(String) : [String(error)];
  }
  return [];
}

test('a sequential model reads the same in each form that TensorFlow.js has written it', () => {
  const layers = [first(dense('d', { activation: 'relu' }))];
  const forms = [
    sequential(...layers),
    { class_name: 'Sequential', config: layers },
    { model_config: { class_name: 'Sequential', config: { name: 'net', layers } }, keras_version: 'x' },
  ];
  const texts = forms.map((topology) => printGraph(read({ topology })).split('\n').slice(1).join('\n'));
  expect(new Set(texts).size).toBe(1);
  expect(texts[0]).toContain('dense "d"');
  expect(texts[0]).toContain('relu "d/relu"');
});

test('a functional model is followed by its inbound nodes', () => {
  const layers = [
    { class_name: 'InputLayer', name: 'in', config: { batch_input_shape: [null, 3], name: 'in' }, inbound_nodes: [] },
    { ...dense('d'), name: 'd', inbound_nodes: [[['in', 0, 0, {}]]] },
  ];
  const topology = {
    class_name: 'Model',
    config: { name: 'net', layers, input_layers: [['in', 0, 0]], output_layers: [['d', 0, 0]] },
  };
  expect(read({ topology }).nodes.map(({ op }) => op)).toEqual(['dense']);
});

test('weights come with the output channel first', () => {
  const graph = read({ topology: sequential(first(dense('d'))) });
  const [, weights, bias] = graph.nodes[0]!.inputs.map((id) => graph.tensors.get(id)!);
  expect(weights!.shape).toEqual([2, 3]);
  expect([...weights!.data!]).toEqual([1, 3, 5, 2, 4, 6]);
  expect([...bias!.data!]).toEqual([7, 8]);
});

test('a scaler in the metadata stands before the network, which then takes raw pixels', () => {
  const kiln = {
    input: { name: 'pixels', dtype: 'uint8', shape: [3] },
    scaler: { mean: [1, 2, 3], standardDeviation: [1, 2, 4] },
    classes: ['a', 'b'],
  };
  const graph = read({ topology: sequential(first(dense('d'))), extra: { userDefinedMetadata: { kiln } } });
  expect(graph.nodes.map(({ op }) => op)).toEqual(['standardize', 'dense']);
  expect(graph.tensors.get(graph.inputs[0]!)).toMatchObject({ name: 'pixels', dtype: 'uint8', shape: [1, 3] });
  expect([...graph.tensors.get(graph.nodes[0]!.inputs[2]!)!.data!]).toEqual([1, 0.5, 0.25]);
  expect(graph.classes).toEqual(['a', 'b']);
});

test('layers that do nothing at inference leave no trace', () => {
  const dropout = { class_name: 'Dropout', config: { name: 'drop', rate: 0.5 } };
  expect(read({ topology: sequential(first(dense('d')), dropout) }).nodes).toHaveLength(1);
});

test('every layer and option that Kiln lacks is named, all at once', () => {
  const problems = problemsOf({
    topology: sequential(
      first({ class_name: 'LSTM', config: { name: 'memory' } }),
      dense('d', { activation: 'crelu' }),
      { class_name: 'Softmax', config: { name: 'odd', axis: 0 } },
      { class_name: 'constructor', config: { name: 'sly' } },
    ),
  });
  expect(problems).toHaveLength(4);
  expect(problems[0]).toMatch(/E-KERAS-LAYER: layer 'memory': has class LSTM, expected one of Activation, .*Conv2D/);
  expect(problems[1]).toMatch(/E-KERAS-OPTION: layer 'd': Dense has activation = "crelu"/);
  expect(problems[2]).toMatch(/Softmax has axis = 0/);
  expect(problems[3]).toMatch(/has class constructor/);
});

test.each<[string, Parts, RegExp]>([
  ['no layers', { topology: sequential(), weights: [] }, /E-KERAS-EMPTY/],
  ['an open input size', { topology: sequential(first(dense('d'), [null, null])) }, /E-KERAS-INPUT-SHAPE/],
  [
    'a missing weight',
    { topology: sequential(first(dense('other'))) },
    /E-KERAS-WEIGHT-MISSING: layer 'other'.*no such weight/,
  ],
  [
    'a weight of another shape',
    { topology: sequential(first(dense('d', { units: 4 }))) },
    /expects a kernel of shape \[3, 4\], the file has \[3, 2\]/,
  ],
  [
    'truncated weights',
    { topology: sequential(first(dense('d'))), bytes: new Uint8Array(30) },
    /E-TFJS-WEIGHT-BYTES.*32 bytes.*have 30/,
  ],
  [
    'weights that are no numbers',
    { topology: sequential(first(dense('d'))), bytes: new Uint8Array(new Float32Array(8).fill(Number.NaN).buffer) },
    /E-TFJS-WEIGHT-VALUE/,
  ],
])('%s is an error that says what was expected', (_, parts, message) => {
  expect(problemsOf(parts).join('\n')).toMatch(message);
});

test.each([
  ['{"format": ', /E-TFJS-JSON/],
  ['[]', /E-TFJS-FORMAT/],
])('%s is no layers model', (text, message) => {
  let found = '';
  try {
    readTfjsLayers(text, 'model.json', () => new Uint8Array(0));
  } catch (error) {
    found = String(error);
  }
  expect(found).toMatch(message);
});

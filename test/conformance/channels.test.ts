import { existsSync, readFileSync } from 'node:fs';
import { type Compilation, compile, createEvaluator } from '@kiln/codegen';
import { readTflite } from '@kiln/formats';
import { allocate, elementCount, type Graph, type NumberData, perAxis, type TensorData, tensorOf } from '@kiln/ir';
import { findToolchain } from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';
import { Bench, prove, quantizedType } from './bench.js';
import { seededUnit } from './fan-out.js';

const MODELS = new URL('../../../shared/models/', import.meta.url).pathname;
const { gcc } = await findToolchain();

/** Random inputs in the default run; `KILN_CHANNEL_COUNT` asks for more. */
const COUNT = Number(process.env['KILN_CHANNEL_COUNT'] ?? 12);

/** Multiply-accumulates with all channels, and the most that may be left. */
const NETWORKS = [
  { file: 'vww_mobilenetv1_int8', whole: 7_489_664, most: 3_727_313 },
  { file: 'kws_dscnn_int8', whole: 2_656_768, most: 2_656_768 },
  { file: 'ic_resnet8_int8', whole: 12_501_632, most: 12_501_632 },
  { file: 'ad01_int8', whole: 264_192, most: 264_192 },
  { file: 'digits_cnn_int8', whole: 380_288, most: 380_288 },
];

const compileAll = (graph: Graph): Compilation =>
  compile(graph, { name: 'channels', precision: 'model', source: 'a test', version: '0.1.0' });

/** The corners (all least, all greatest, all zero, checkered), then random ones. */
function* inputsOf(graph: Graph, count: number): Generator<TensorData[]> {
  const unit = seededUnit(7);
  const fills = [() => -128, () => 127, () => 0, (i: number) => (i % 2 === 0 ? -128 : 127)];
  const random = (): number => Math.floor(unit() * 256) - 128;
  for (let index = 0; index < fills.length + count; index++) {
    yield graph.inputs.map((id) => {
      const { dtype, shape } = tensorOf(graph, id);
      const data = allocate(dtype, elementCount(shape)) as NumberData;
      data.forEach((_, i) => (data[i] = (fills[index] ?? random)(i)));
      return data;
    });
  }
}

/**
 * Runs the network with all channels and without: the outputs must be equal; and what the log says of a channel, that it is
 * a constant or equal to another, must hold in the network with all of them, which knows nothing of the log.
 */
function checkElimination({ graph, elimination: { before, log } }: Compilation, count: number): void {
  const [whole, cut] = [createEvaluator(before!), createEvaluator(graph)];
  for (const inputs of inputsOf(graph, count)) {
    const expected = whole.run(inputs);
    const found = cut.run(inputs);
    graph.outputs.forEach((id, i) => expect(found.get(id)).toEqual(expected.get(before!.outputs[i]!)));
    for (const { node, name, channels, constants, equals } of log) {
      const y = expected.get(before!.nodes.find(({ id }) => id === node)!.outputs[0]!) as Int8Array;
      const everyPosition = (holds: (position: number) => boolean): boolean =>
        Array.from({ length: y.length / channels }, (_, p) => p * channels).every(holds);
      for (const { channel, value } of constants)
        expect(
          everyPosition((p) => y[p + channel] === value),
          `${name}: channel ${channel} is ${value}`,
        ).toBe(true);
      for (const { channel, first } of equals)
        expect(
          everyPosition((p) => y[p + channel] === y[p + first]),
          `${name}: channel ${channel} is ${first}`,
        ).toBe(true);
    }
  }
}

describe.each(NETWORKS)('$file without the channels that change nothing', ({ file, whole, most }) => {
  const path = `${MODELS}${file}.tflite`;
  test.skipIf(!existsSync(path))(`gives the same outputs on ${COUNT} random inputs (needs ../shared)`, () => {
    const compilation = compileAll(readTflite(readFileSync(path), file));
    const { elimination, project } = compilation;
    expect(elimination.macsBefore).toBe(whole);
    expect(project.macs).toBeLessThanOrEqual(most);
    expect(elimination.before === null).toBe(most === whole);
    if (elimination.before !== null) checkElimination(compilation, COUNT);
  });
});

/** Channels of every fate: weights of zero, a bias that saturates, twins, results that nobody reads; behind a sum, pools, padding. */
function dyingNetwork(seed: number, padding: 'same' | 'valid'): Graph {
  const unit = seededUnit(seed);
  const int = (low: number, high: number): number => low + Math.floor(unit() * (high - low + 1));
  const type = quantizedType('int8', 0.05, -128);
  const bench = new Bench(type);
  const attributes = { strides: [1, 1], dilations: [1, 1], padding, activation: 'relu' } as const;
  /** Filters 0 and 1 are dead, 2 is saturated, 3 and 4 are twins; inputs in `unread` are not looked at. */
  const layer = (filters: number, inner: readonly number[], unread: readonly number[]) => {
    const row = inner.reduce((product, size) => product * size, 1);
    const depth = inner.at(-1)!;
    const rows = Array.from({ length: filters }, (_, o) =>
      Array.from({ length: row }, (__, k) => (o < 2 || unread.includes(k % depth) ? 0 : int(-60, 60))),
    );
    const bias = Array.from({ length: filters }, (_, o) => (o === 2 ? 9_000_000 : int(-3000, 3000)));
    if (filters > 4) [rows[4], bias[4]] = [rows[3]!, bias[3]!];
    const scales = rows.map((_, o) => (o === 4 || o === 3 ? 0.02 : 0.01 + (o % 5) / 200));
    return [
      bench.constant([filters, ...inner], Int8Array.from(rows.flat()), {
        dtype: 'int8',
        quantization: perAxis(scales, 0),
      }),
      bench.constant([filters], Int32Array.from(bias), { dtype: 'int32', quantization: null }),
    ];
  };
  const x = bench.input([1, 6, 5, 3]);
  const [a] = bench.add('conv2d', attributes, [x, ...layer(8, [3, 3, 3], [])]);
  const [b] = bench.add('conv2d', attributes, [a!, ...layer(8, [3, 3, 8], [5])]);
  const [c] = bench.add('conv2d', { ...attributes, padding: 'same' }, [b!, ...layer(8, [1, 1, 8], [6])]);
  const [sum] = bench.add('add', { activation: 'none' }, [b!, c!]);
  const window = { window: [2, 2], strides: [2, 2], padding: 'same', activation: 'none' } as const;
  const [pooled] = bench.add('maxPool2d', window, [sum!]);
  const [d] = bench.add('conv2d', attributes, [pooled!, ...layer(6, [1, 1, 8], [7])]);
  const [flat] = bench.add('reshape', { shape: [1, -1] }, [d!]);
  const size = padding === 'same' ? 3 * 3 * 6 : 1 * 1 * 6;
  bench.end('dense', { activation: 'none' }, [flat!, ...layer(5, [size], [3])], {
    type: quantizedType('int8', 0.4, 3),
  });
  return bench.finish();
}

describe.each(['same', 'valid'] as const)('a network whose channels die, padding %s', (padding) => {
  test.each([1, 2, 3])('seed %i: nothing changes, what the log says holds, and work goes', (seed) => {
    const compilation = compileAll(dyingNetwork(seed, padding));
    const { elimination, project } = compilation;
    expect(project.macs).toBeLessThan(elimination.macsBefore);
    expect(elimination.log.flatMap(({ dropped }) => dropped).length).toBeGreaterThan(8);
    checkElimination(compilation, 200);
  });

  test('with --keep-channels they stay', () => {
    const graph = dyingNetwork(1, padding);
    const options = { name: 'channels', precision: 'model', source: 'a test', version: '0.1.0' } as const;
    const { project, elimination } = compile(graph, { ...options, keepChannels: true });
    expect([project.macs, elimination.before]).toEqual([elimination.macsBefore, null]);
  });

  test.skipIf(gcc === null)('its C equals the reference', async () => {
    await prove(dyingNetwork(4, padding), { sanitize: true });
  });
});

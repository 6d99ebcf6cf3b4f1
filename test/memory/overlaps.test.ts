import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Compilation, compile } from '@kiln/codegen';
import { readTflite } from '@kiln/formats';
import type { Graph, HeightWidth, IsaName, Padding, Shape } from '@kiln/ir';
import { createHostEngine, findToolchain } from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';
import { Bench, proveOn, quantizedType } from '../conformance/bench.js';
import { type Accesses, runInShadow } from './shadow.js';

// The plan lets outputs and scratch memory lie over inputs. Here the generated C runs under a shadow memory that sees each access.

const SHARED = fileURLToPath(new URL('../../../shared/models/', import.meta.url));
const MODELS = ['ad01_int8', 'digits_cnn_int8', 'ic_resnet8_int8', 'kws_dscnn_int8', 'vww_mobilenetv1_int8'];
const ISAS: readonly IsaName[] = ['portable', 'armv6-m', 'armv7e-m'];
const { gcc } = await findToolchain();
const sanitized = { optimization: '-O1', sanitize: true } as const;

/** Kernels that are taken wherever they fit, beside those that are chosen without a word. */
const WISHES: readonly (readonly [IsaName, readonly string[]])[] = [
  ['portable', []],
  ['armv6-m', ['conv2d-positions']],
  ['armv7e-m', []],
  ['armv7e-m', ['conv2d-winograd']],
];

function compiled(
  graph: Graph,
  isa: IsaName,
  io: 'caller' | 'arena' = 'caller',
  kernels: readonly string[] = [],
): Compilation {
  return compile(graph, { name: 'model', precision: 'model', source: 'test', version: '0', isa, io, kernels });
}

const TYPE = quantizedType('int8', 0.05, -7);
const ONE: HeightWidth = [1, 1];

/** Input, kernel, filters or 0 for one each, strides, padding. */
const WINDOWS: readonly (readonly [Shape, HeightWidth, number, HeightWidth, Padding])[] = [
  [[1, 6, 5, 4], [1, 1], 4, ONE, 'valid'],
  [[1, 6, 5, 4], [1, 1], 8, ONE, 'valid'],
  [[1, 6, 5, 8], [1, 1], 3, ONE, 'valid'],
  [[1, 7, 6, 4], [3, 3], 5, ONE, 'same'],
  [[1, 7, 6, 4], [3, 3], 5, ONE, 'valid'],
  [[1, 8, 8, 3], [3, 3], 8, [2, 2], 'same'],
  [[1, 9, 7, 8], [3, 3], 6, ONE, 'same'],
  [[1, 8, 12, 8], [3, 3], 8, ONE, 'valid'],
  [[1, 9, 4, 2], [5, 3], 1, [2, 1], 'same'],
  [[1, 12, 5, 4], [3, 3], 0, ONE, 'same'],
  [[1, 19, 5, 6], [3, 3], 0, ONE, 'same'],
  [[1, 21, 9, 4], [3, 3], 0, [2, 2], 'same'],
  [[1, 21, 9, 5], [3, 3], 0, [2, 2], 'valid'],
];

const values = (count: number): number[] => Array.from({ length: count }, (_, i) => ((i * 37) % 41) - 20);

function windows(): Graph {
  const bench = new Bench(TYPE);
  const bias = { dtype: 'int32', quantization: null } as const;
  for (const [shape, kernel, filters, strides, padding] of WINDOWS) {
    const [x, channels] = [bench.input(shape), shape[3]!];
    const count = filters === 0 ? channels : filters;
    const size: Shape = filters === 0 ? [1, ...kernel, channels] : [filters, ...kernel, channels];
    const length = size.reduce((product, n) => product * n, 1);
    const weights = bench.constant(size, Int8Array.from(values(length)), quantizedType('int8', 0.01, 0));
    const start = bench.constant([count], Int32Array.from(values(count)), bias);
    const attributes = { strides, padding, dilations: ONE, activation: 'relu' } as const;
    bench.end(filters === 0 ? 'depthwiseConv2d' : 'conv2d', attributes, [x, weights, start]);
    bench.end('maxPool2d', { window: [2, 3], strides, padding, activation: 'none' }, [x]);
  }
  const x = bench.input([1, 40]);
  const weights = bench.constant([13, 40], Int8Array.from(values(520)), quantizedType('int8', 0.01, 0));
  bench.end('dense', { activation: 'none' }, [x, weights, bench.constant([13], new Int32Array(13), bias)]);
  return bench.finish();
}

/** Whether the output may start so many bytes behind the input: nothing is read after it was overwritten. */
function isSafe({ read, write }: Accesses, distance: number): boolean {
  return write.every((written, j) => (read[distance + j] ?? 0) < written);
}

describe.skipIf(gcc === null)('the order in which kernels read and write', () => {
  test.each(WISHES)('%s %j: outputs may lie over inputs as far as stated, and no further', (isa, kernels) => {
    const compilation = compiled(windows(), isa, 'caller', kernels);
    const names = compilation.program.functions.map(({ kernel }) => kernel.name);
    expect(kernels.filter((name) => !names.includes(name))).toEqual([]);
    const { faults, accesses } = runInShadow(gcc!.path, compilation, true);
    expect(faults).toEqual([]);
    const { steps } = compilation.program;
    expect(accesses.length).toBe(steps.length);
    for (const [i, { node, function: called }] of steps.entries()) {
      const stated = (called.lowered.overlaps ?? []).find(({ writer }) => writer === 'output');
      if (stated === undefined) continue;
      const { most, step } = stated;
      const [first, end] = [-accesses[i]!.write.length + 1, accesses[i]!.read.length];
      for (let d = first; d < end; d++) {
        if (d % step !== 0) continue;
        const where = `${called.kernel.name}, ${node.name}, node ${i}: ${d} of ${most}`;
        if (d <= most) expect(isSafe(accesses[i]!, d), where).toBe(true);
        else expect(isSafe(accesses[i]!, most + step), where).toBe(false);
      }
    }
  });
});

describe.skipIf(gcc === null)('inputs and outputs in the arena', () => {
  test.each(ISAS)('%s: where several share it, and every run within it gives what the reference says', async (isa) => {
    await proveOn(compiled(windows(), isa, 'arena'), (project) => createHostEngine(project, sanitized));
  });

  test('a chain of layers runs in the place of its input', async () => {
    const bench = new Bench(TYPE);
    const weights = bench.constant([4, 1, 1, 4], Int8Array.from(values(16)), quantizedType('int8', 0.1, 0));
    const bias = bench.constant([4], new Int32Array(4), { dtype: 'int32', quantization: null });
    const attributes = { strides: ONE, padding: 'valid', dilations: ONE, activation: 'none' } as const;
    const [between] = bench.add('conv2d', attributes, [bench.input([1, 8, 8, 4]), weights, bias]);
    bench.end('conv2d', attributes, [between!, weights, bias]);
    const compilation = compiled(bench.finish(), 'armv7e-m', 'arena');
    const { project, program } = compilation;
    // Three positions of four channels as 16 bits.
    expect([project.arenaBytes, program.plan.lowerBoundBytes]).toEqual([256 + 24, 256 + 24]);
    await proveOn(compilation, (project) => createHostEngine(project, sanitized));
  });
});

describe.skipIf(gcc === null || !existsSync(SHARED))('whole models in a shadow memory', () => {
  test.each(MODELS.flatMap((model) => WISHES.map(([isa, kernels]) => [model, isa, kernels] as const)))(
    "%s for %s %j: no byte is read after it was overwritten, none written that is not the layer's",
    (model, isa, kernels) => {
      const graph = readTflite(readFileSync(`${SHARED}${model}.tflite`), model);
      expect(runInShadow(gcc!.path, compiled(graph, isa, 'caller', kernels), false).faults).toEqual([]);
    },
  );
});

import { compile, referenceTrace } from '@kiln/codegen';
import type { Graph } from '@kiln/ir';
import {
  compareTraces,
  createHostEngine,
  createWasmEngine,
  describeDifference,
  edgeInputs,
  findToolchain,
  joinInputs,
  randomInputs,
} from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';
import { FanOut, float32, int8 } from './fan-out.js';

const tools = await findToolchain();
const RANDOM_INPUTS = 40;

/** Compiles the graph, runs reference and C on edges and random inputs, and demands equal bytes of every node. */
async function prove(
  graph: Graph,
  makers: readonly (typeof createHostEngine | typeof createWasmEngine)[],
): Promise<void> {
  const { graph: lowered, project } = compile(graph, {
    name: 'fan',
    precision: 'model',
    source: 'a test',
    version: '0.1.0',
  });
  const inputs = joinInputs(edgeInputs(project), randomInputs(project, RANDOM_INPUTS, 1));
  const expected = referenceTrace(lowered, project, inputs.bytes, inputs.count);
  for (const make of makers) {
    const engine = await make(project, { optimization: '-O1' });
    try {
      const found = await engine.trace(inputs.bytes, inputs.count);
      const { first } = compareTraces(project, expected, found, inputs.count);
      expect(first === null ? 'equal' : `${engine.name}: ${describeDifference(first)}`).toBe('equal');
    } finally {
      await engine.dispose();
    }
  }
}

const ENGINES = [...(tools.gcc === null ? [] : [createHostEngine]), ...(tools.emcc === null ? [] : [createWasmEngine])];

/** Kernel, strides, dilations, padding, filters: the window's every corner, strides wider than the kernel among them. */
const WINDOWS = [
  { kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: 'valid', filters: 1 },
  { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: 'same', filters: 4 },
  { kernel: [3, 3], strides: [2, 2], dilations: [1, 1], padding: 'same', filters: 3 },
  { kernel: [2, 2], strides: [3, 3], dilations: [1, 1], padding: 'valid', filters: 2 },
  { kernel: [1, 2], strides: [2, 3], dilations: [1, 1], padding: 'same', filters: 2 },
  { kernel: [5, 2], strides: [1, 2], dilations: [1, 1], padding: 'same', filters: 3 },
  { kernel: [2, 3], strides: [1, 1], dilations: [2, 2], padding: 'valid', filters: 2 },
  { kernel: [3, 2], strides: [1, 1], dilations: [2, 3], padding: 'same', filters: 5 },
  { kernel: [7, 6], strides: [1, 1], dilations: [1, 1], padding: 'valid', filters: 2 },
  { kernel: [7, 6], strides: [4, 1], dilations: [1, 1], padding: 'same', filters: 1 },
] as const;

/** Input scale and zero point; output scale and zero point. The small output scale makes multipliers above one. */
const SCALES = [
  { name: 'middle', input: [0.05, 3], weight: 0.01, output: [0.4, -7] },
  { name: 'zero points at both ends', input: [0.02, -128], weight: 0.02, output: [0.3, 127] },
  { name: 'left shift', input: [0.9, 127], weight: 0.7, output: [0.25, -128] },
  { name: 'right shift past the end', input: [1e-6, 0], weight: 1e-6, output: [3, 0] },
] as const;

describe.skipIf(ENGINES.length === 0)('the C of an operator equals its reference, every byte', () => {
  for (const channels of [1, 3, 17]) {
    for (const { name, input, weight, output } of SCALES) {
      test(`int8 convolutions of ${channels} channels, ${name}`, async () => {
        const fan = new FanOut([1, 7, 6, channels], ...quantized(input), channels);
        WINDOWS.forEach(({ kernel, filters, ...attributes }, i) => {
          const constants = fan.weights([filters, ...kernel, channels], weight);
          const activation = i % 2 === 0 ? 'relu' : 'none';
          fan.end('conv2d', `conv ${i}`, { ...attributes, activation }, int8(output[0], output[1]), constants);
        });
        await prove(fan.finish(), ENGINES.slice(0, channels === 3 ? 2 : 1));
      });
    }
  }

  test('int8 dense layers of 1, 2 and 40 features', async () => {
    for (const { input, weight, output } of SCALES) {
      for (const features of [1, 2, 40]) {
        const fan = new FanOut([1, features], ...quantized(input), features);
        for (const [i, units] of [1, 3, 16].entries()) {
          const activation = i === 1 ? 'relu' : 'none';
          fan.end(
            'dense',
            `dense ${i}`,
            { activation },
            int8(output[0], output[1]),
            fan.weights([units, features], weight),
          );
        }
        await prove(fan.finish(), [createHostEngine]);
      }
    }
  });

  test('float32 convolutions, dense layers and their activations', async () => {
    const fan = new FanOut([1, 7, 6, 3], 'float32', null, 5);
    WINDOWS.forEach(({ kernel, filters, ...attributes }, i) => {
      const activation = i % 2 === 0 ? 'relu' : 'none';
      fan.end('conv2d', `conv ${i}`, { ...attributes, activation }, float32, fan.floatWeights([filters, ...kernel, 3]));
    });
    const flat = fan.add('reshape', 'flat', { shape: [1, -1] }, float32);
    fan.end('dense', 'dense', { activation: 'relu' }, float32, fan.floatWeights([5, 126]), flat);
    await prove(fan.finish(), ENGINES);
  });

  test.each(['int8', 'float32'] as const)('%s pooling, relu and softmax, in place and not', async (dtype) => {
    const type = dtype === 'int8' ? int8(0.1, -5) : float32;
    const scores = dtype === 'int8' ? int8(1 / 256, -128) : float32;
    const fan = new FanOut([1, 7, 6, 3], type.dtype, type.quantization, 6);
    WINDOWS.forEach(({ kernel, strides, padding }, i) => {
      fan.end('maxPool2d', `pool ${i}`, { window: kernel, strides, padding, activation: 'none' }, type);
    });
    fan.end('relu', 'relu', {}, type);
    fan.end('softmax', 'softmax', { beta: 1 }, scores);
    // A chain whose pooling and relu may take over their input's memory.
    const first = fan.add('relu', 'chain relu', {}, type);
    const second = fan.add(
      'maxPool2d',
      'chain pool',
      { window: [2, 2], strides: [1, 1], padding: 'valid', activation: 'none' },
      type,
      [],
      first,
    );
    const third = fan.add(
      'maxPool2d',
      'chain padded pool',
      { window: [3, 3], strides: [1, 1], padding: 'same', activation: 'none' },
      type,
      [],
      second,
    );
    const flat = fan.add('reshape', 'chain flat', { shape: [1, -1] }, type, [], third);
    fan.end('softmax', 'chain softmax', { beta: 1 }, scores, [], flat);
    await prove(fan.finish(), ENGINES);
  });

  test('int8 softmax at every scale, up to 100 classes', async () => {
    for (const classes of [1, 2, 10, 100]) {
      const fan = new FanOut([1, classes], ...quantized([1, 0]), classes);
      const scales = [1e-4, 1 / 256, 0.06, 0.3, 1, 7].map((scale) => int8(scale, -3));
      scales.forEach((scale, i) => {
        // A dense identity carries the input over to the softmax's scale.
        const wide = fan.add(
          'dense',
          `to ${i}`,
          { activation: 'none' },
          scale,
          fan.weights([classes, classes], 0.01, 90),
        );
        fan.end('softmax', `softmax ${i}`, { beta: 1 }, int8(1 / 256, -128), [], wide);
      });
      await prove(fan.finish(), [createHostEngine]);
    }
  });

  test('standardize to int8 and to float32', async () => {
    for (const output of [int8(0.02, 5), int8(4, -128), int8(1e-4, 127), float32]) {
      const fan = new FanOut([1, 5, 4, 1], 'uint8', null, 7);
      const mean = fan.constant(Float32Array.from({ length: 20 }, (_, i) => i * 0.83));
      const inverse = fan.constant(Float32Array.from({ length: 20 }, (_, i) => (i === 0 ? 1 : 0.01 * i * i)));
      fan.end('standardize', 'scaler', {}, output, [mean, inverse]);
      await prove(fan.finish(), [createHostEngine]);
    }
  });

  test('quantize rounds ties away from zero, bounds what is out of range; dequantize takes it back', async () => {
    const fan = new FanOut([1, 60], 'float32', null, 8);
    for (const [i, scale] of [0.5, 0.1, 3e4, 1e-20].entries()) {
      for (const zeroPoint of [-128, 0, 127]) {
        const type = int8(scale, zeroPoint);
        const rounded = fan.add('quantize', `quantize ${i} ${zeroPoint}`, {}, type);
        fan.end('dequantize', `dequantize ${i} ${zeroPoint}`, {}, float32, [], rounded);
      }
    }
    await prove(fan.finish(), ENGINES);
  });
});

function quantized([scale, zeroPoint]: readonly [number, number]): ['int8', ReturnType<typeof int8>['quantization']] {
  return ['int8', int8(scale, zeroPoint).quantization];
}

import { compile, type Compilation, PLAIN_PLAN, type QuantizationPlan, type Samples } from '@kiln/codegen';
import { elementCount, type Graph, tensorOf, type TensorId } from '@kiln/ir';
import { createHostEngine, findToolchain } from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';
import { Bench, plainType, proveOn } from './bench.js';
import { seededUnit } from './fan-out.js';

// Every cure changes constants, or puts conversions between layers: the C must follow, byte for byte.

const { gcc } = await findToolchain();
const FLOAT = plainType('float32');
const unit = seededUnit(5);
const PLAIN = { strides: [1, 1], dilations: [1, 1], padding: 'same', activation: 'none' } as const;

/** A block of a MobileNet with a sum around it, pooling, and two dense layers. */
function network(): Graph {
  const bench = new Bench(FLOAT);
  const constant = (shape: number[]): TensorId =>
    bench.constant(
      shape,
      Float32Array.from({ length: elementCount(shape) }, () => unit() - 0.5),
      FLOAT,
    );
  const [first] = bench.add('conv2d', { ...PLAIN, activation: 'relu' }, [
    bench.input([1, 6, 6, 3]),
    constant([8, 3, 3, 3]),
    constant([8]),
  ]);
  const inner = { ...PLAIN, activation: 'relu6' } as const;
  const [deep] = bench.add('depthwiseConv2d', inner, [first!, constant([1, 3, 3, 8]), constant([8])]);
  const [point] = bench.add('conv2d', PLAIN, [deep!, constant([8, 1, 1, 8]), constant([8])]);
  const [sum] = bench.add('add', { activation: 'relu' }, [first!, point!]);
  const window = { window: [2, 2], strides: [2, 2], padding: 'valid', activation: 'none' } as const;
  const [pooled] = bench.add('maxPool2d', window, [sum!]);
  const [flat] = bench.add('reshape', { shape: [1, -1] }, [pooled!]);
  const [hidden] = bench.add('dense', { activation: 'relu' }, [flat!, constant([10, 72]), constant([10])]);
  const [scores] = bench.add('dense', { activation: 'none' }, [hidden!, constant([4, 10]), constant([4])]);
  bench.end('softmax', { beta: 1 }, [scores!]);
  return bench.finish();
}

const model = network();
const calibration: Samples = Array.from({ length: 24 }, () => [
  Float32Array.from({ length: 108 }, () => unit() * 4 - 2),
]);

const compiled = (plan: QuantizationPlan): Compilation =>
  compile(model, { name: 'plans', precision: 'int8', plan, calibration, source: 'a test', version: '0.1.0' });

const float = compiled(PLAIN_PLAN).float;
const named = (op: string): string[] => float.nodes.filter((node) => node.op === op).map(({ name }) => name);
const PLANS: Readonly<Record<string, Partial<QuantizationPlan>>> = {
  'equalized channels': { equalize: true },
  'corrected biases': { correctBiases: true },
  'all that costs nothing': { equalize: true, correctBiases: true, ranges: 'mean-squared-error' },
  '16 bits in the input': { wide: [tensorOf(float, float.inputs[0]!).name] },
  '16 bits in front of a sum': { wide: named('conv2d') },
  '16 bits in a depthwise layer, biases corrected': { wide: named('depthwiseConv2d'), correctBiases: true },
  '16 bits in a sum, through pooling': { wide: named('add') },
  '16 bits in dense layers, of which the last is read by a softmax': { wide: named('dense') },
};

describe.each(Object.entries(PLANS))('%s', (_, change) => {
  test.skipIf(gcc === null)('the C is the reference, byte for byte (needs gcc)', async () => {
    const compilation = compiled({ ...PLAIN_PLAN, ...change });
    expect(tensorOf(compilation.graph, compilation.graph.outputs[0]!).dtype).toBe('int8');
    const hasWide = [...compilation.graph.tensors.values()].some(({ dtype }) => dtype === 'int16');
    expect(hasWide).toBe(change.wide !== undefined);
    await proveOn(compilation, (project) => createHostEngine(project, { optimization: '-O1', sanitize: true }));
  });
});

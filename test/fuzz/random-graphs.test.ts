import { compile, referenceTrace } from '@kiln/codegen';
import {
  type Graph,
  GraphEditor,
  type NodeAttributes,
  NOT_INFERRED,
  type OpName,
  printGraph,
  type Shape,
  type TensorData,
  type TensorId,
} from '@kiln/ir';
import {
  compareTraces,
  createHostEngine,
  describeDifference,
  edgeInputs,
  findToolchain,
  joinInputs,
  randomInputs,
} from '@kiln/runtime-c';
import { expect, test } from 'vitest';
import { seededUnit } from '../conformance/fan-out.js';

/** Networks in the default run; `KILN_FUZZ_COUNT` asks for more, `KILN_FUZZ_SEED` for the first seed. */
const COUNT = Number(process.env['KILN_FUZZ_COUNT'] ?? 24);
const FIRST_SEED = Number(process.env['KILN_FUZZ_SEED'] ?? 1);
const { gcc } = await findToolchain();

/** A seeded chain of layers: odd shapes, strides, paddings, weights of widely different size. */
function randomNetwork(seed: number): Graph {
  const random = seededUnit(seed);
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  const size = (most: number): number => 1 + Math.floor(random() * most);
  const editor = GraphEditor.empty(`random_${seed}`, null);
  const tensor = (
    name: string,
    shape: Shape,
    data: TensorData | null,
    dtype: 'float32' | 'uint8' = 'float32',
  ): TensorId => editor.addTensor({ name, shape, dtype, quantization: null, data });
  const values = (count: number, spread: number): Float32Array =>
    Float32Array.from({ length: count }, () => (random() * 2 - 1) * spread);
  let shape: number[] = [1, 2 + size(6), 2 + size(6), size(5)];
  const raw = random() < 0.5;
  const input = tensor('input', shape, null, raw ? 'uint8' : 'float32');
  let current = input;
  let count = 0;
  const push = <K extends OpName>(op: K, attributes: NodeAttributes[K], constants: TensorId[] = []): void => {
    const output = tensor(`${op}_${count}`, NOT_INFERRED, null);
    editor.addNode(op, `${op}_${count++}`, attributes, [current, ...constants], [output]);
    current = output;
  };
  if (raw) {
    const elements = shape.reduce((product, length) => product * length, 1);
    const inverse = values(elements, 0.2).map((value) => Math.abs(value) + 0.01);
    push('standardize', {}, [
      tensor('mean', shape, values(elements, 8).map(Math.abs)),
      tensor('inverse', shape, inverse),
    ]);
  }
  for (let layer = size(3); layer > 0; layer--) {
    const [, height = 1, width = 1, channels = 1] = shape;
    const kernel = [Math.min(size(3), height), Math.min(size(3), width)] as const;
    const [strides, padding] = [[size(2), size(2)], pick('same', 'valid')] as const;
    if (random() < 0.6) {
      const filters = size(6);
      const spread = 10 ** (random() * 2 - 1.5);
      const weights = tensor(
        'weights',
        [filters, ...kernel, channels],
        values(filters * kernel[0] * kernel[1] * channels, spread),
      );
      push('conv2d', { strides, padding, dilations: [1, 1], activation: 'none' }, [
        weights,
        tensor('bias', [filters], values(filters, spread)),
      ]);
      shape = [1, 0, 0, filters];
    } else push('maxPool2d', { window: kernel, strides, padding, activation: 'none' });
    const span = (length: number, i: 0 | 1): number =>
      padding === 'same' ? Math.ceil(length / strides[i]) : Math.ceil((length - kernel[i] + 1) / strides[i]);
    shape = [1, span(height, 0), span(width, 1), shape[3]!];
    if (random() < 0.5) push('relu', {});
  }
  const features = shape.reduce((product, length) => product * length, 1);
  push('reshape', { shape: [1, -1] });
  const units = size(12);
  push('dense', { activation: 'none' }, [
    tensor('weights', [units, features], values(units * features, 0.5)),
    tensor('bias', [units], values(units, 1)),
  ]);
  if (random() < 0.7) push('softmax', { beta: 1 });
  return editor.finish({ inputs: [input], outputs: [current] });
}

/** Samples for calibration, of the network's own input type. */
function samplesFor(graph: Graph, seed: number): TensorData[][] {
  const { shape, dtype } = graph.tensors.get(graph.inputs[0]!)!;
  const random = seededUnit(seed + 1_000_000);
  const length = shape.reduce((product, size) => product * size, 1);
  const sample = (): TensorData =>
    dtype === 'uint8'
      ? Uint8Array.from({ length }, () => Math.floor(random() * 17))
      : Float32Array.from({ length }, () => random() * 4 - 2);
  return Array.from({ length: 12 }, () => [sample()]);
}

const seeds = Array.from({ length: COUNT }, (_, i) => FIRST_SEED + i);

test.skipIf(gcc === null).each(seeds)('seed %i: the C equals the reference in int8 and float32', async (seed) => {
  const model = randomNetwork(seed);
  for (const precision of ['int8', 'float32'] as const) {
    const calibration = samplesFor(model, seed);
    const { graph, project } = compile(model, {
      name: 'random',
      precision,
      calibration,
      source: 'a test',
      version: '0.1.0',
    });
    const inputs = joinInputs(edgeInputs(project), randomInputs(project, 20, seed));
    const expected = referenceTrace(graph, project, inputs.bytes, inputs.count);
    const engine = await createHostEngine(project, { optimization: '-O0' });
    try {
      const found = await engine.trace(inputs.bytes, inputs.count);
      const { first } = compareTraces(project, expected, found, inputs.count);
      expect(
        first === null ? 'equal' : `${describeDifference(first)}\n${printGraph(graph)}`,
        `KILN_FUZZ_SEED=${seed}`,
      ).toBe('equal');
    } finally {
      await engine.dispose();
    }
  }
});

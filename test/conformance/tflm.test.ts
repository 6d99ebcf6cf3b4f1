import { readFileSync } from 'node:fs';
import { compile, createEvaluator, referenceTrace } from '@kiln/codegen';
import {
  allocate,
  elementCount,
  type Graph,
  GraphEditor,
  type NodeAttributes,
  type OpName,
  type QuantizationParams,
  type TensorData,
  type TensorId,
} from '@kiln/ir';
import { compareTraces, createHostEngine, findToolchain } from '@kiln/runtime-c';
import { expect, test } from 'vitest';

/** What `test/oracle/make_tflm_vectors.py` wrote: the real TensorFlow Lite Micro's word. */
interface Vectors {
  readonly versions: Record<string, string>;
  readonly models: readonly VectorModel[];
}

interface VectorModel {
  readonly op: OpName;
  readonly attributes: NodeAttributes[OpName];
  readonly input: VectorTensor;
  readonly constants: readonly VectorTensor[];
  readonly output: VectorTensor;
  readonly cases: readonly { readonly input: string; readonly output: string }[];
}

interface VectorTensor {
  readonly shape: readonly number[];
  readonly dtype: 'int8' | 'int32' | 'float32';
  readonly scale: readonly number[] | null;
  readonly zeroPoint: readonly number[] | null;
  readonly data: string | null;
}

const vectors = JSON.parse(readFileSync(new URL('../fixtures/tflm-vectors.json', import.meta.url), 'utf8')) as Vectors;
const { gcc } = await findToolchain();

function decode(text: string, dtype: VectorTensor['dtype']): TensorData {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  const data = allocate(dtype, bytes.length / (dtype === 'int8' ? 1 : 4));
  new Uint8Array(data.buffer).set(bytes);
  return data;
}

function quantizationOf({ scale, zeroPoint }: VectorTensor): QuantizationParams | null {
  if (scale === null || zeroPoint === null) return null;
  return { scale, zeroPoint, axis: scale.length === 1 ? null : 0 };
}

function graphOf({ op, attributes, input, constants, output }: VectorModel): Graph {
  const editor = GraphEditor.empty('vector', null);
  const add = (name: string, tensor: VectorTensor): TensorId =>
    editor.addTensor({
      name,
      shape: tensor.shape,
      dtype: tensor.dtype,
      quantization: quantizationOf(tensor),
      data: tensor.data === null ? null : decode(tensor.data, tensor.dtype),
    });
  const x = add('x', input);
  const ids = constants.map((constant, i) => add(`constant ${i}`, constant));
  const y = add('y', output);
  editor.addNode(op, op, attributes as never, [x, ...ids], [y]);
  return editor.finish({ inputs: [x], outputs: [y] });
}

test('there are vectors of every operator that TensorFlow Lite Micro and Kiln share', () => {
  const ops = new Set(vectors.models.map(({ op }) => op));
  expect([...ops].sort()).toEqual(['conv2d', 'dense', 'dequantize', 'maxPool2d', 'quantize', 'softmax']);
  expect(vectors.models.length).toBeGreaterThan(80);
});

test.each(vectors.models.map((model, index) => [`${model.op} ${index}`, model] as const))(
  'the reference of %s gives the bits of TensorFlow Lite Micro',
  (_, model) => {
    const graph = graphOf(model);
    const evaluator = createEvaluator(graph);
    for (const { input, output } of model.cases) {
      const found = evaluator.run([decode(input, model.input.dtype)]).get(graph.outputs[0]!)!;
      expect([...found]).toEqual([...decode(output, model.output.dtype)]);
    }
  },
);

test.skipIf(gcc === null)('so does the C, of each operator', async () => {
  const firstOfEach = [...new Map(vectors.models.map((model) => [model.op, model])).values()];
  for (const model of firstOfEach) {
    const { graph, project } = compile(graphOf(model), {
      name: 'vector',
      precision: 'model',
      source: 'a test',
      version: '0.1.0',
    });
    const inputs = new Uint8Array(Buffer.concat(model.cases.map(({ input }) => Buffer.from(input, 'base64'))));
    const engine = await createHostEngine(project, { optimization: '-O1' });
    try {
      const found = await engine.trace(inputs, model.cases.length);
      const expected = referenceTrace(graph, project, inputs, model.cases.length);
      expect(compareTraces(project, expected, found, model.cases.length).first, model.op).toBeNull();
      const offset = project.outputs[0]!.traceOffset;
      const count = elementCount(model.output.shape) * (model.output.dtype === 'int8' ? 1 : 4);
      model.cases.forEach(({ output }, i) => {
        const start = i * project.traceBytes + offset;
        expect(Buffer.from(found.subarray(start, start + count)).toString('base64'), model.op).toBe(output);
      });
    } finally {
      await engine.dispose();
    }
  }
});

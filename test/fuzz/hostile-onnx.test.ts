import { inferredGraph } from '@kiln/codegen';
import { readOnnx, WRITERS } from '@kiln/formats';
import { KilnError, KilnErrors } from '@kiln/ir';
import { expect, test } from 'vitest';
import { onnxFile, type OnnxNodePlan } from '../../packages/formats/src/testing/write-onnx.js';
import { graphOf, loadFamilies } from '../conformance/oracle-cases.js';
import { COUNT, damage, refusals } from './damage.js';

// ONNX files with bytes changed, and cut off anywhere: a clear error or a network, never a crash.

const NETWORKS = [
  'conv2d-float32-0',
  'conv2d-int8-0',
  'transpose-conv-float32-0',
  'strided-slice-float32-0',
  'mean-float32-0',
  'gelu-float32-0',
  'gather-nd-float32-0',
  'resize-bilinear-float32-0',
];

test('damaged files end in an error of their own', { timeout: 120_000 }, async () => {
  const cases = loadFamilies().flatMap((family) => family.cases);
  const writer = WRITERS.find(({ format }) => format === 'onnx')!;
  const files = await Promise.all(
    NETWORKS.map(async (wanted) => {
      const [file] = await writer.write(inferredGraph(graphOf(cases.find(({ name }) => name === wanted)!)));
      return file!.contents as Uint8Array;
    }),
  );
  const refused = refusals((random) => {
    inferredGraph(readOnnx(damage(files[random(files.length)]!, random), 'damaged.onnx'));
  });
  expect(refused).toBeGreaterThan(COUNT / 10);
  for (const file of files) {
    for (let length = 0; length < file.length; length += 1 + Math.floor(file.length / 50))
      expect(() => readOnnx(file.slice(0, length), 'cut.onnx'), `${length} bytes`).toThrow(KilnError);
  }
});

/** `code: text` of each error. */
function problemsOf(nodes: readonly OnnxNodePlan[], more: Partial<Parameters<typeof onnxFile>[0]> = {}): string[] {
  const file = onnxFile({ inputs: { x: [1, 4] }, nodes, outputs: [nodes.at(-1)?.outputs[0] ?? 'x'], ...more });
  try {
    inferredGraph(readOnnx(file, 'net.onnx'));
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(KilnError);
    const errors = error instanceof KilnErrors ? error.errors : [error as KilnError];
    return errors.map((each) => each.toString());
  }
}

const node = (op: string, inputs: readonly string[], output: string): OnnxNodePlan => ({
  op,
  inputs,
  outputs: [output],
});

test('every operator that Kiln lacks is named with its node', () => {
  const problems = problemsOf([
    node('LSTM', ['x'], 'a'),
    node('Relu', ['a'], 'b'),
    node('NonZero', ['x'], 'c'),
    node('Erf', ['x'], 'y'),
  ]);
  expect(problems).toHaveLength(3);
  expect(problems[0]).toMatch(/E-ONNX-OPERATOR: net.onnx, node '\/layer0\/LSTM' \(LSTM\): has no form.* Conv,/);
  expect(problems[1]).toMatch(/node '\/layer2\/NonZero' \(NonZero\)/);
  expect(problems[2]).toMatch(/node '\/layer3\/Erf' \(Erf\)/);
});

test('nodes that wait for each other, names written twice and names of nobody are refused', () => {
  const circle = problemsOf([node('Add', ['x', 'b'], 'a'), node('Relu', ['a'], 'b')]);
  expect(circle).toEqual([expect.stringMatching(/E-ONNX-ORDER.*reads 'b' before anything writes it/)]);
  const twice = problemsOf([node('Relu', ['x'], 'a'), node('Relu', ['x'], 'a')]);
  expect(twice).toEqual([expect.stringMatching(/E-ONNX-TWICE.*'a' a second time/)]);
  expect(problemsOf([node('Relu', ['x'], 'a')], { outputs: ['b'] })).toEqual([
    expect.stringMatching(/E-ONNX-OUTPUT: net.onnx, output 'b': is computed by no node/),
  ]);
});

test('versions beyond those known are refused', () => {
  const relu = [node('Relu', ['x'], 'y')];
  for (const opset of [7, 28]) expect(problemsOf(relu, { opset })).toEqual([]);
  for (const opset of [6, 29]) expect(problemsOf(relu, { opset })[0]).toMatch(/E-ONNX-OPSET.*expected 7 to 28/);
});

test('sizes that no target holds are refused before they are made', () => {
  const list = (...sizes: number[]) => [[sizes.length], BigInt64Array.from(sizes, BigInt)] as const;
  const huge = (op: string, ...sizes: number[]) =>
    problemsOf([node(op, ['x', 'sizes'], 'y')], { constants: { sizes: list(...sizes) } });
  expect(huge('Expand', 30_000, 30_000, 4)[0]).toMatch(/E-ONNX-SIZE/);
  expect(huge('Tile', 30_000, 30_000)[0]).toMatch(/E-ONNX-SIZE/);
  expect(huge('Expand', -1, 4)[0]).toMatch(/E-ONNX-SHAPE/);
  const filled = problemsOf([node('ConstantOfShape', ['sizes'], 'y')], {
    constants: { sizes: list(2 ** 20, 2 ** 20) },
  });
  expect(filled[0]).toMatch(/E-ONNX-SHAPE/);
  expect(problemsOf([], { inputs: { x: [1, 2 ** 23] } })[0]).toMatch(/E-ONNX-SIZE/);
});

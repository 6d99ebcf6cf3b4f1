import type * as tensorflow from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { randomStream, uniformValues } from '../seeded-random.js';
import { loadTensorFlow } from '../tensorflow.js';
import { selectBackend } from './select-backend.js';

const tf = loadTensorFlow();

type Inputs = Record<string, { readonly shape: number[]; readonly values: Float32Array }>;

interface KernelCase {
  readonly title: string;
  readonly kernel: string;
  readonly inputs: Inputs;
  readonly attrs: tensorflow.NamedAttrMap;
}

const STOCK_KERNELS = [
  'Conv2D',
  'FusedConv2D',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
  'MaxPoolGrad',
  'BatchMatMul',
];
/** The plain backend's own kernels, taken before ours are registered. */
const stock = new Map(STOCK_KERNELS.map((name) => [name, tf.getKernel(name, 'cpu').kernelFunc]));

const random = randomStream(20, 0);

function input(shape: number[], offset = 0) {
  const values = uniformValues(tf.util.sizeFromShape(shape), 1, random).map((value) => value + offset);
  return { shape, values };
}

const convolution = (strides: number, pad: string) => ({ strides, pad, dataFormat: 'NHWC', dimRoundingMode: null! });

function convolutionCases(strides: number, pad: 'same' | 'valid', size: number): KernelCase[] {
  const x = input([2, 7, 6, 3]);
  const filter = input([size, size, 3, 5]);
  const info = tf.backend_util.computeConv2DInfo([2, 7, 6, 3], [size, size, 3, 5], strides, 1, pad);
  const dy = input(info.outShape);
  const attrs = convolution(strides, pad);
  const title = `${size}x${size} ${pad}, stride ${strides}`;
  const bias = input([5]);
  return [
    { title, kernel: 'Conv2D', inputs: { x, filter }, attrs: { ...attrs, dilations: 1 } },
    {
      title,
      kernel: 'FusedConv2D',
      inputs: { x, filter, bias },
      attrs: { ...attrs, dilations: 1, activation: 'relu' },
    },
    { title, kernel: 'Conv2DBackpropFilter', inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } },
    { title, kernel: 'Conv2DBackpropInput', inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } },
  ];
}

function poolingCase(title: string, offset: number, strides: number, pad: 'same' | 'valid'): KernelCase {
  const x = input([2, 7, 6, 3], offset);
  const { outShape } = tf.backend_util.computePool2DInfo([2, 7, 6, 3], 2, strides, 1, pad);
  const inputs = { dy: input(outShape), input: x, output: input(outShape) };
  return { title, kernel: 'MaxPoolGrad', inputs, attrs: { filterSize: 2, strides, pad, dimRoundingMode: null! } };
}

function productCase(transposeA: boolean, transposeB: boolean): KernelCase {
  const a = input(transposeA ? [2, 4, 3] : [2, 3, 4]);
  const b = input(transposeB ? [2, 5, 4] : [2, 4, 5]);
  const title = `transposed: ${String(transposeA)}, ${String(transposeB)}`;
  return { title, kernel: 'BatchMatMul', inputs: { a, b }, attrs: { transposeA, transposeB } };
}

const CASES: KernelCase[] = [
  ...convolutionCases(1, 'valid', 3),
  ...convolutionCases(1, 'same', 3),
  ...convolutionCases(2, 'same', 3),
  ...convolutionCases(3, 'valid', 2),
  ...convolutionCases(1, 'valid', 1),
  poolingCase('values of both signs', 0, 2, 'valid'),
  poolingCase('all values negative', -5, 2, 'valid'),
  poolingCase('overlapping windows, padding, all negative', -5, 1, 'same'),
  productCase(false, false),
  productCase(true, false),
  productCase(false, true),
  productCase(true, true),
];

function run(kernelCase: KernelCase, kernelFunc: tensorflow.KernelFunc): { shape: number[]; values: Float32Array } {
  const inputs = Object.fromEntries(
    Object.entries(kernelCase.inputs).map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]),
  );
  const output = kernelFunc({ inputs, backend: tf.backend(), attrs: kernelCase.attrs }) as tensorflow.TensorInfo;
  return { shape: output.shape, values: tf.backend().readSync(output.dataId) as Float32Array };
}

const expected = new Map<KernelCase, { shape: number[]; values: Float32Array }>();

beforeAll(async () => {
  await tf.setBackend('cpu');
  for (const kernelCase of CASES) expected.set(kernelCase, run(kernelCase, stock.get(kernelCase.kernel)!));
});

describe.each(['wasm', 'cpu'] as const)('%s', (backend) => {
  test.each(CASES)('$kernel equals the stock kernel of the plain backend: $title', async (kernelCase) => {
    await selectBackend(backend);
    const found = run(kernelCase, tf.getKernel(kernelCase.kernel, backend).kernelFunc);
    const { shape, values } = expected.get(kernelCase)!;
    expect(found.shape).toEqual(shape);
    const scale = Math.max(...values.map(Math.abs));
    const largest = Math.max(...values.map((value, index) => Math.abs(value - found.values[index]!)));
    expect(scale).toBeGreaterThan(0);
    expect(largest / scale).toBeLessThan(1e-6);
  });
});

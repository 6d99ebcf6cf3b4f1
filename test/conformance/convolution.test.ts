import { elementCount, type HeightWidth, type Padding, perAxis, perTensor, type Shape, type TensorId } from '@kiln/ir';
import { findToolchain } from '@kiln/runtime-c';
import { describe, test } from 'vitest';
import { Bench, type ElementType, plainType, prove, quantizedType } from './bench.js';

const { gcc } = await findToolchain();

const ACTIVATIONS = ['none', 'relu', 'relu6', 'reluN1To1'] as const;

/** Kernel, strides, dilations, padding: odd and even sizes, windows that reach outside on one side and on both. */
const WINDOWS: readonly (readonly [HeightWidth, HeightWidth, HeightWidth, Padding])[] = [
  [[1, 1], [1, 1], [1, 1], 'valid'],
  [[3, 3], [1, 1], [1, 1], 'same'],
  [[3, 2], [2, 1], [1, 1], 'valid'],
  [[2, 3], [2, 3], [1, 1], 'same'],
  [[2, 2], [1, 1], [2, 3], 'same'],
  [[2, 2], [1, 1], [3, 2], 'valid'],
];

/** Activations, the bias's type and the name of a way to compute. */
const WAYS = [
  { name: 'float32', x: plainType('float32'), y: plainType('float32'), bias: 'float32' },
  { name: 'int8', x: quantizedType('int8', 0.05, -7), y: quantizedType('int8', 0.3, 11), bias: 'int32' },
  { name: 'int16', x: quantizedType('int16', 0.001), y: quantizedType('int16', 0.004), bias: 'int64' },
  {
    name: 'int16 with sums of 32 bits',
    x: quantizedType('int16', 0.001),
    y: quantizedType('int16', 0.1),
    bias: 'int32',
  },
] as const;

let seed = 7;
const random = (low: number, high: number): number => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return low + Math.floor(((high - low + 1) * seed) / 2 ** 32);
};

/** Weights and bias as constants; scales per channel along `axis`, or one where it is null. */
class Constants {
  constructor(
    private readonly bench: Bench,
    private readonly way: (typeof WAYS)[number],
  ) {}

  weights(shape: Shape, axis: number | null): TensorId {
    const count = elementCount(shape);
    if (this.way.name === 'float32') {
      return this.bench.constant(
        shape,
        Float32Array.from({ length: count }, () => random(-99, 99) / 64),
        this.way.x,
      );
    }
    const scales = Array.from({ length: axis === null ? 0 : shape[axis]! }, () => Math.fround(random(1, 40) / 1000));
    const quantization = axis === null ? perTensor(0.01, 0) : perAxis(scales, axis);
    const data = Int8Array.from({ length: count }, () => random(-127, 127));
    return this.bench.constant(shape, data, { dtype: 'int8', quantization });
  }

  bias(units: number): TensorId {
    const values = Array.from({ length: units }, () => random(-5000, 5000));
    const { bias } = this.way;
    const data =
      bias === 'float32'
        ? Float32Array.from(values, (value) => value / 999)
        : bias === 'int32'
          ? Int32Array.from(values)
          : BigInt64Array.from(values, (value) => BigInt(value) * 1000n);
    return this.bench.constant([units], data, plainType(bias));
  }
}

describe.skipIf(gcc === null)('the C of a convolution equals its reference', () => {
  test.each(WAYS)('$name', async (way) => {
    const bench = new Bench(way.x);
    const constants = new Constants(bench, way);
    const x = bench.input([2, 6, 5, 4]);
    WINDOWS.forEach(([kernel, strides, dilations, padding], i) => {
      const attributes = { strides, dilations, padding, activation: ACTIVATIONS[i % 4]! };
      const axis = i % 3 === 2 ? null : 0;
      const depth = [4, 2, 1][i % 3]!;
      const inputs = [x, constants.weights([4, ...kernel, depth], axis), constants.bias(4)];
      bench.end('conv2d', attributes, inputs, { type: way.y });
      const filters = i % 2 === 0 ? 4 : 12;
      const depthwise = [x, constants.weights([1, ...kernel, filters], axis === 0 ? 3 : null), constants.bias(filters)];
      bench.end('depthwiseConv2d', attributes, depthwise, { type: way.y });
    });
    for (const [i, strides] of (
      [
        [1, 1],
        [2, 2],
        [2, 3],
      ] as const
    ).entries()) {
      for (const [kernel, padding, size] of [
        [[3, 3], 'same', [6 * strides[0], 5 * strides[1]]],
        [[2, 4], 'valid', [5 * strides[0] + 2, 4 * strides[1] + 4]],
      ] as const) {
        const attributes = { size, strides, padding, activation: ACTIVATIONS[i]! };
        const inputs = [x, constants.weights([3, ...kernel, 4], i === 0 ? null : 0), constants.bias(3)];
        bench.end('transposeConv2d', attributes, inputs, { type: way.y });
      }
    }
    await prove(bench.finish(), { sanitize: way.name !== 'float32' });
  });

  test.each(WAYS)('dense layers of rows, with constant and computed weights: $name', async (way) => {
    const bench = new Bench(way.x);
    const constants = new Constants(bench, way);
    const weights: ElementType =
      way.name === 'float32' ? way.x : quantizedType('int8', 0.02, way.name === 'int8' ? 5 : 0);
    for (const [i, [rows, features, units]] of (
      [
        [1, 5, 3],
        [4, 7, 1],
        [3, 1, 6],
      ] as const
    ).entries()) {
      const x = bench.input([rows, features]);
      const attributes = { activation: ACTIVATIONS[i]! };
      const constant = constants.weights([units, features], i === 1 ? null : 0);
      bench.end('dense', attributes, [x, constant, constants.bias(units)], { type: way.y });
      const computed = bench.input([units, features], weights);
      bench.end('dense', attributes, [x, computed, constants.bias(units)], { type: way.y });
    }
    await prove(bench.finish());
  });

  test.each(WAYS.slice(0, 3))('products of matrices: $name', async (way) => {
    const bench = new Bench(way.x);
    const constants = [4, 6].map((count) =>
      way.name === 'float32'
        ? Float32Array.from({ length: count }, () => random(-9, 9) / 8)
        : new (way.name === 'int8' ? Int8Array : Int16Array)(Array.from({ length: count }, () => random(-128, 127))),
    );
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const a = bench.input(transposeA ? [2, 1, 3, 4] : [2, 1, 4, 3]);
        const b = bench.input(transposeB ? [3, 2, 3] : [3, 3, 2]);
        bench.end('batchMatMul', { transposeA, transposeB }, [a, b], { type: way.y });
      }
    }
    const plain = { transposeA: false, transposeB: false };
    const left = bench.constant([2, 2], constants[0]!, way.x);
    const right = bench.constant([2, 3], constants[1]!, way.x);
    bench.end('batchMatMul', plain, [bench.input([5, 2]), right], { type: way.y });
    bench.end('batchMatMul', plain, [left, bench.input([3, 2, 1])], { type: way.y });
    await prove(bench.finish());
  });
});

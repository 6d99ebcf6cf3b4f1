import {
  allocate,
  type HeightWidth,
  type OpName,
  type Padding,
  perAxis,
  perTensor,
  type QuantizationParams,
  type Shape,
  type TensorData,
} from '@kiln/ir';
import { rearranged } from '../arrange.js';
import type { Value } from '../graph-builder.js';
import type { NodeContext, NodeReaders } from '../node-context.js';
import { flattened, padded, windowOf } from '../window.js';

const NONE = { activation: 'none' } as const;

/** A layer's weights in Kiln's order, and its bias. */
interface Weights {
  readonly shape: Shape;
  /** The dimension of `shape` that counts the outputs. */
  readonly outputAxis: number;
  readonly reals: Float32Array;
  /** The integers, where they stand for reals with a zero point of 0. */
  readonly integers: { readonly data: TensorData; readonly scale: readonly number[] } | null;
}

/** Weights from input i, brought to the order of `order`; `outputAxis` counts in the file's order. */
function readWeights(
  context: NodeContext,
  i: number,
  from: Shape,
  order: readonly number[],
  shape: Shape,
  outputAxis: number,
): Weights {
  const value = context.builder.plain(context.input(i));
  const reals = rearranged(context.realConstant(i), from, order) as Float32Array;
  const { data, dtype, quantization } = context.builder.tensor(value.id);
  const fits =
    value.real &&
    dtype === 'int8' &&
    quantization!.zeroPoint.every((point) => point === 0) &&
    (quantization!.axis === null || quantization!.axis === outputAxis);
  const integers = fits ? { data: rearranged(data!, from, order), scale: quantization!.scale } : null;
  return { shape, outputAxis: order.indexOf(outputAxis), reals, integers };
}

/** A convolution or dense layer: in integers where x and the weights are, and the readers of the result say which. */
function weighted(
  context: NodeContext,
  x: Value,
  weights: Weights,
  bias: Float32Array,
  add: (inputs: readonly Value[], grid: NodeContext['target']) => Value,
): Value {
  const { builder, target, name } = context;
  const tensor = builder.tensor(x.id);
  const { integers, shape } = weights;
  if (!x.real || integers === null || target?.dtype !== tensor.dtype) {
    const constants = [context.floats('/weights', shape, weights.reals), context.floats('/bias', [bias.length], bias)];
    return add([builder.float(x), ...constants], null);
  }
  const perChannel = integers.scale.length > 1;
  const quantization = perChannel ? perAxis(integers.scale, weights.outputAxis) : perTensor(integers.scale[0]!, 0);
  const scale = tensor.quantization!.scale[0]!;
  const w = builder.constant(`${name}/weights`, shape, 'int8', integers.data, quantization);
  const steps = integers.scale.map((value) => scale * value);
  const b = integerBias(context, bias, steps, tensor.dtype === 'int16' ? 'int64' : 'int32');
  return add([x, w, b], target);
}

/** In units of scale_x * scale_w. */
function integerBias(
  context: NodeContext,
  bias: Float32Array,
  steps: readonly number[],
  dtype: 'int32' | 'int64',
): Value {
  const quantization: QuantizationParams = steps.length > 1 ? perAxis(steps, 0) : perTensor(steps[0]!, 0);
  const data = allocate(dtype, bias.length);
  for (let o = 0; o < bias.length; o++) {
    const value = Math.round(bias[o]! / steps[steps.length > 1 ? o : 0]!);
    if (!(Math.abs(value) < 2 ** 31))
      throw context.unsupported('E-ONNX-BIAS', `has the bias ${bias[o]}, which is beyond 32 bits of its scale`);
    data[o] = dtype === 'int64' ? BigInt(value) : value;
  }
  return context.builder.constant(`${context.name}/bias`, [bias.length], dtype, data, quantization);
}

function addWeighted(
  context: NodeContext,
  op: 'conv2d' | 'depthwiseConv2d',
  attributes: { strides: HeightWidth; dilations: HeightWidth; padding: Padding },
  shape: Shape,
) {
  return (inputs: readonly Value[], grid: NodeContext['target']): Value =>
    context.add<OpName & ('conv2d' | 'depthwiseConv2d')>(op, { ...attributes, ...NONE }, inputs, {
      shape,
      layout: 'channelsLast',
      ...typeOf(grid),
    });
}

function typeOf(grid: NodeContext['target']) {
  return {
    dtype: grid?.dtype ?? ('float32' as const),
    quantization: grid?.quantization ?? null,
    real: grid !== null,
  };
}

/** x [N, C, H, W] or [N, C, L], weights [M, C / groups, ...] */
function readConv(context: NodeContext): Value {
  const input = context.input(0);
  const kernel = context.input(1).shape;
  return flattened(context, input, (x) => {
    if (kernel.length !== input.shape.length) throw badWeights(context, kernel);
    const [filters, perGroup, height, width] = (kernel.length === 3 ? kernel.toSpliced(2, 0, 1) : kernel) as [
      number,
      number,
      number,
      number,
    ];
    const channels = x.shape[1]!;
    const groups = context.int('group', 1);
    if (groups < 1 || perGroup * groups !== channels || filters % groups !== 0) throw badWeights(context, kernel);
    const window = windowOf(context, x.shape, [height, width]);
    const ready = padded(context, context.builder.channelsLast(x), window, 0);
    const shape = [x.shape[0]!, filters, ...window.output];
    const { strides, dilations, padding } = window;
    const file = [filters, perGroup, height, width];
    const bias = readBias(context, 2, filters);
    if (groups === channels && groups > 1) {
      const weights = readWeights(context, 1, file, [1, 2, 3, 0], [1, height, width, filters], 0);
      const add = addWeighted(context, 'depthwiseConv2d', { strides, dilations, padding }, shape);
      return weighted(context, ready, weights, bias, add);
    }
    const weights = readWeights(context, 1, file, [0, 2, 3, 1], [filters, height, width, perGroup], 0);
    return weighted(
      context,
      ready,
      weights,
      bias,
      addWeighted(context, 'conv2d', { strides, dilations, padding }, shape),
    );
  });
}

function badWeights(context: NodeContext, kernel: Shape) {
  const found = `weights of [${kernel.join(', ')}] for data of [${context.input(0).shape.join(', ')}]`;
  return context.wrong('E-ONNX-WEIGHTS', `has ${found} in ${context.int('group', 1)} groups`);
}

/** One real for each output; zeros where there is none. */
function readBias(context: NodeContext, i: number, count: number): Float32Array {
  if (!context.has(i)) return new Float32Array(count);
  const bias = context.dtype(context.input(i)) === 'int32' ? biasOfIntegers(context, i) : context.realConstant(i);
  if (bias.length === count) return bias;
  if (bias.length === 1) return new Float32Array(count).fill(bias[0]!);
  throw context.wrong('E-ONNX-BIAS', `has a bias of ${bias.length} values, expected ${count}`);
}

/** Integers with a scale of their own, or, without one, in units of scale_x * scale_w. */
function biasOfIntegers(context: NodeContext, i: number): Float32Array {
  if (context.input(i).real) return context.realConstant(i);
  const [x, w] = [0, 1].map((k) => context.builder.tensor(context.input(k).id).quantization?.scale ?? [1]);
  return Float32Array.from(
    context.integers(i),
    (value, o) => value * x![0]! * (w!.length === 1 ? w![0]! : (w![o] ?? 0)),
  );
}

/** x [N, C, H, W], weights [C, M, K_h, K_w]: the whole result is computed, and cut where the file pads. */
function readConvTranspose(context: NodeContext): Value {
  const x = context.builder.channelsLast(context.input(0));
  const kernel = context.input(1).shape;
  const [batch, channels, ...size] = x.shape;
  const [from, filters, height, width] = kernel;
  if (x.shape.length !== 4 || kernel.length !== 4 || from !== channels) throw badWeights(context, kernel);
  const ones = (name: string): boolean => (context.ints(name) ?? []).every((value) => value === 1);
  if (context.int('group', 1) !== 1 || !ones('dilations'))
    throw context.unsupported('E-ONNX-OPTION', 'has groups or dilations, expected none');
  const strides = context.ints('strides') ?? [1, 1];
  const pads = context.ints('pads') ?? [0, 0, 0, 0];
  const more = context.ints('output_padding') ?? [0, 0];
  const auto = context.text('auto_pad', 'NOTSET');
  if ((auto !== 'NOTSET' && auto !== 'VALID') || context.ints('output_shape') !== null)
    throw context.unsupported('E-ONNX-OPTION', `has auto_pad ${auto} or an output_shape, expected pads`);
  const sane = [...strides.map((s) => s - 1), ...pads, ...more].every((value) => value >= 0 && value < 4096);
  if (!sane || strides.length !== 2 || pads.length !== 4 || more.some((value, i) => value >= strides[i]!))
    throw context.wrong('E-ONNX-ATTRIBUTE', `has strides [${strides.join(', ')}] and pads [${pads.join(', ')}]`);
  const whole = [0, 1].map((i) => strides[i]! * (size[i]! - 1) + [height!, width!][i]! + more[i]!) as [number, number];
  const output = [0, 1].map((i) => whole[i]! - pads[i]! - pads[i + 2]!);
  const weights = readWeights(context, 1, kernel, [1, 2, 3, 0], [filters!, height!, width!, channels!], 1);
  const attributes = { size: whole, strides: strides as unknown as HeightWidth, padding: 'valid', ...NONE } as const;
  const y = weighted(context, x, weights, readBias(context, 2, filters!), (inputs, grid) =>
    context.add('transposeConv2d', attributes, inputs, {
      shape: [batch!, filters!, ...whole],
      layout: 'channelsLast',
      ...typeOf(grid),
    }),
  );
  if (pads.every((pad) => pad === 0)) return y;
  const cut = { begin: [0, pads[0]!, pads[1]!, 0], size: [batch!, ...output, filters!], strides: [1, 1, 1, 1] };
  const shape = [batch!, filters!, ...output];
  return context.emit('slice', cut, [y], { shape, layout: 'channelsLast', suffix: '/crop' });
}

/** rows [n, features] times constant weights: y [n, units] */
function dense(context: NodeContext, x: Value, transposed: boolean, factor: number, bias: Float32Array | null): Value {
  const kernel = context.input(1).shape;
  const [units, features] = transposed ? kernel : kernel.toReversed();
  if (kernel.length !== 2 || x.shape.at(-1) !== features) throw badWeights(context, kernel);
  const order = transposed ? [0, 1] : [1, 0];
  const read = readWeights(context, 1, kernel, order, [units!, features!], transposed ? 0 : 1);
  const scaled = { ...read, reals: read.reals.map((value) => value * factor), integers: null };
  const weights = factor === 1 ? read : scaled;
  const shape = [x.shape[0]!, units!];
  return weighted(context, x, weights, bias ?? new Float32Array(units!), (inputs, grid) =>
    context.add('dense', NONE, inputs, { shape, ...typeOf(grid) }),
  );
}

/** y = alpha * A * B + beta * C */
function readGemm(context: NodeContext): Value {
  const { builder } = context;
  const [alpha, beta] = [context.float('alpha', 1), context.float('beta', 1)];
  const [transA, transB] = [context.int('transA', 0) !== 0, context.int('transB', 0) !== 0];
  const a = builder.plain(context.input(0));
  if (a.shape.length !== 2) throw badWeights(context, context.input(1).shape);
  const x = transA
    ? context.emit('transpose', { permutation: [1, 0] }, [a], { shape: a.shape.toReversed(), suffix: '/transposed' })
    : a;
  const isRow = !context.has(2) || builder.data(context.input(2)) !== null;
  if (builder.data(context.input(1)) === null || !isRow)
    throw context.unsupported('E-ONNX-DYNAMIC', 'multiplies with weights or adds a bias that it computes');
  const units = context.input(1).shape[transB ? 0 : 1] ?? 0;
  return dense(
    context,
    x,
    transB,
    alpha,
    readBias(context, 2, units).map((value) => value * beta),
  );
}

function readMatMul(context: NodeContext): Value {
  const { builder } = context;
  const [a, b] = [builder.plain(context.input(0)), builder.plain(context.input(1))];
  if (a.shape.length < 2 || b.shape.length < 2)
    throw context.unsupported('E-ONNX-RANK', 'multiplies vectors, expected at least two dimensions');
  if (b.shape.length === 2 && builder.data(b) !== null && builder.data(a) === null) {
    const rows = a.shape.slice(0, -1).reduce((product, size) => product * size, 1);
    const shape = [rows, a.shape.at(-1)!];
    const isFlat = a.shape.length === 2;
    const x = isFlat ? a : context.emit('reshape', { shape }, [a], { shape, suffix: '/rows' });
    const y = dense(context, x, false, 1, null);
    const whole = [...a.shape.slice(0, -1), b.shape[1]!];
    return isFlat ? y : context.emit('reshape', { shape: whole }, [y], { shape: whole, suffix: '/shape' });
  }
  const [batch, k] = [broadcast(context, a.shape.slice(0, -2), b.shape.slice(0, -2)), a.shape.at(-1)!];
  if (b.shape.at(-2) !== k) throw badWeights(context, b.shape);
  const shape = [...batch, a.shape.at(-2)!, b.shape.at(-1)!];
  return context.emit('batchMatMul', { transposeA: false, transposeB: false }, [a, b], { shape });
}

/** Shapes as numpy broadcasts them. Errors: CompileError if they do not fit. */
export function broadcast(context: NodeContext, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw context.wrong('E-ONNX-BROADCAST', `has operands of [${a.join(', ')}] and [${b.join(', ')}]`);
  });
}

/** Convolutions and products of matrices. */
export const convolutionReaders: NodeReaders = {
  Conv: readConv,
  ConvTranspose: readConvTranspose,
  Gemm: readGemm,
  MatMul: readMatMul,
};

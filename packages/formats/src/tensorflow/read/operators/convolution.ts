import type { HeightWidth, Padding, Shape } from '@kiln/ir';
import { broadcastShape } from '../fold.js';
import type { NodeContext } from '../node-context.js';
import { inChannelsLast, paddingOf, planeOf } from '../planes.js';
import type { Constant, Flowing, Tensorial } from '../value.js';
import { windowCounts } from '../window-count.js';
import { arithmetic } from './elementwise.js';
import { applyFused } from './fused.js';
import { transposed } from './movement.js';
import type { NodeReader, NodeReaders } from './node-reader.js';
import { normalise } from './normalise.js';

const NONE = { activation: 'none' } as const;

/** What TensorFlow pads beside SAME and VALID: pairs for each dimension, in the order of the format. */
function explicitlyPadded(context: NodeContext, x: Tensorial): { x: Tensorial; padding: Padding } {
  if (context.text('padding', '') !== 'EXPLICIT') return { x, padding: paddingOf(context) };
  const pairs = context.list('explicit_paddings', []);
  const first = context.text('data_format', 'NHWC') === 'NCHW' ? 4 : 2;
  if (pairs.length !== 8 || pairs.some((size) => !(size >= 0)))
    throw context.wrong('E-GRAPHDEF-PAIRS', `has the paddings [${pairs.join(', ')}], expected 8 of 0 or more`);
  const before = [0, pairs[first]!, pairs[first + 2]!, 0];
  const after = [0, pairs[first + 1]!, pairs[first + 3]!, 0];
  const shape = x.shape.map((size, d) => size + before[d]! + after[d]!);
  const zero = context.scalar('zero', 0);
  return { x: context.emit('pad', { before, after }, [x, zero], shape, x.dtype, '/pad'), padding: 'valid' };
}

function holed([height, width]: HeightWidth, [down, across]: HeightWidth): HeightWidth {
  return [(height - 1) * down + 1, (width - 1) * across + 1];
}

/** x [N, H, W, C], kernel [K_h, K_w, C / groups, filters] */
function convolve(context: NodeContext): Tensorial {
  return inChannelsLast(context, context.ranked(0, 4), (given) => {
    const { x, padding } = explicitlyPadded(context, given);
    const { shape, data } = context.weights(1, 4);
    const [height, width, channels, filters] = shape as [number, number, number, number];
    if (channels === 0 || x.shape[3]! % channels !== 0 || filters % (x.shape[3]! / channels) !== 0)
      throw context.wrong('E-GRAPHDEF-CHANNELS', `has weights of [${shape.join(', ')}] for ${x.shape[3]} channels`);
    const strides = planeOf(context, 'strides', null);
    const dilations = planeOf(context, 'dilations', [1, 1]);
    const counts = windowCounts(context, x.shape, holed([height, width], dilations), strides, padding);
    const constants = weightsAndBias(
      context,
      [filters, height, width, channels],
      lastAxisFirst(data, filters),
      filters,
    );
    const attributes = { strides, dilations, padding, ...NONE };
    return context.emit('conv2d', attributes, [x, ...constants], [x.shape[0]!, ...counts, filters]);
  });
}

/** x [N, H, W, C], kernel [K_h, K_w, C, multiplier] */
function convolveDepthwise(context: NodeContext): Tensorial {
  return inChannelsLast(context, context.ranked(0, 4), (given) => {
    const { x, padding } = explicitlyPadded(context, given);
    const { shape, data } = context.weights(1, 4);
    const [height, width, channels, multiplier] = shape as [number, number, number, number];
    if (channels !== x.shape[3])
      throw context.wrong('E-GRAPHDEF-CHANNELS', `has weights of [${shape.join(', ')}] for ${x.shape[3]} channels`);
    const strides = planeOf(context, 'strides', null);
    const dilations = planeOf(context, 'dilations', [1, 1]);
    const counts = windowCounts(context, x.shape, holed([height, width], dilations), strides, padding);
    const outputs = channels * multiplier;
    const constants = weightsAndBias(context, [1, height, width, outputs], data.slice(), outputs);
    const attributes = { strides, dilations, padding, ...NONE };
    return context.emit('depthwiseConv2d', attributes, [x, ...constants], [x.shape[0]!, ...counts, outputs]);
  });
}

/** sizes [4], kernel [K_h, K_w, filters, C], x [N, H, W, C] */
function convolveTransposed(context: NodeContext): Tensorial {
  if (context.text('data_format', 'NHWC') !== 'NHWC')
    throw context.unsupported('E-GRAPHDEF-FORMAT', 'has its channels first, expected NHWC');
  const x = context.ranked(2, 4);
  const [, rows, columns] = context.positive('sizes', context.integers(0), 4) as [number, number, number, number];
  const { shape, data } = context.weights(1, 4);
  const [height, width, filters, channels] = shape as [number, number, number, number];
  if (channels !== x.shape[3])
    throw context.wrong('E-GRAPHDEF-CHANNELS', `has weights of [${shape.join(', ')}] for ${x.shape[3]} channels`);
  if (planeOf(context, 'dilations', [1, 1]).some((size) => size !== 1))
    throw context.unsupported('E-GRAPHDEF-DILATION', 'has dilations, expected none');
  const size: HeightWidth = [rows, columns];
  const attributes = { size, strides: planeOf(context, 'strides', null), padding: paddingOf(context), ...NONE };
  const moved = middleFirst(data, height * width, filters, channels);
  const constants = weightsAndBias(context, [filters, height, width, channels], moved, filters);
  return context.emit('transposeConv2d', attributes, [x, ...constants], [x.shape[0]!, ...size, filters]);
}

function weightsAndBias(context: NodeContext, shape: Shape, data: Float32Array, outputs: number): Constant[] {
  return [context.own('weights', shape, data), context.own('bias', [outputs], new Float32Array(outputs))];
}

/** [..., n] -> [n, ...]: TensorFlow keeps the output channel last, Kiln (like TensorFlow Lite) first. */
function lastAxisFirst(data: Float32Array, n: number): Float32Array {
  const rows = data.length / n;
  return Float32Array.from(data, (_, i) => data[(i % rows) * n + Math.floor(i / rows)]!);
}

/** [taps, filters, channels] -> [filters, taps, channels] */
function middleFirst(data: Float32Array, taps: number, filters: number, channels: number): Float32Array {
  return Float32Array.from(data, (_, i) => {
    const [channel, tap, filter] = [i % channels, Math.floor(i / channels) % taps, Math.floor(i / channels / taps)];
    return data[(tap * filters + filter) * channels + channel]!;
  });
}

/** Of a constant matrix a dense layer, otherwise a product of matrices. */
function multiply(context: NodeContext): Tensorial {
  const [a, b] = [context.ranked(0, 2), context.ranked(1, 2)];
  const [transposeA, transposeB] = [context.flag('transpose_a'), context.flag('transpose_b')];
  if (b.kind === 'flowing' || a.kind === 'constant') return product(context, a, b, transposeA, transposeB);
  const { shape, data } = context.weights(1, 2);
  const [units, features] = transposeB ? (shape as [number, number]) : [shape[1]!, shape[0]!];
  const x = transposeA ? transposed(context, a, [1, 0], '/transpose') : a;
  if (x.shape[1] !== features)
    throw context.wrong('E-GRAPHDEF-FEATURES', `reads ${x.shape[1]} features, its weights expect ${features}`);
  const weights = transposeB ? data.slice() : lastAxisFirst(data, units);
  const constants = weightsAndBias(context, [units, features], weights, units);
  return context.emit('dense', NONE, [x, ...constants], [x.shape[0]!, units]);
}

function product(context: NodeContext, a: Tensorial, b: Tensorial, transposeA: boolean, transposeB: boolean): Flowing {
  if (a.shape.length < 2 || b.shape.length < 2)
    throw context.wrong(
      'E-GRAPHDEF-RANK',
      `multiplies [${a.shape.join(', ')}] and [${b.shape.join(', ')}], expected matrices`,
    );
  const [rows, inner] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const [same, columns] = transposeB ? [b.shape.at(-1)!, b.shape.at(-2)!] : [b.shape.at(-2)!, b.shape.at(-1)!];
  if (inner !== same) throw context.wrong('E-GRAPHDEF-FEATURES', `multiplies rows of ${inner} with columns of ${same}`);
  const batch = broadcastShape(context, a.shape.slice(0, -2), b.shape.slice(0, -2));
  return context.emit('batchMatMul', { transposeA, transposeB }, [a, b], [...batch, rows, columns]);
}

const readBatchMatMul: NodeReader = (context) => [
  product(context, context.tensor(0), context.tensor(1), context.flag('adj_x'), context.flag('adj_y')),
];

function addBias(context: NodeContext): Tensorial {
  return inChannelsLast(context, context.tensor(0), (x) => arithmetic(context, 'add', x, context.tensor(1)));
}

/** Convolutions and products of matrices, with what TensorFlow.js fuses into them. */
export const convolutionReaders: NodeReaders = {
  Conv2D: (context) => [convolve(context)],
  DepthwiseConv2dNative: (context) => [convolveDepthwise(context)],
  Conv2DBackpropInput: (context) => [convolveTransposed(context)],
  MatMul: (context) => [multiply(context)],
  BatchMatMul: readBatchMatMul,
  BatchMatMulV2: readBatchMatMul,
  BatchMatMulV3: readBatchMatMul,
  BiasAdd: (context) => [addBias(context)],
  BiasAddV1: (context) => [addBias(context)],
  _FusedConv2D: (context) => [applyFused(context, convolve(context))],
  FusedDepthwiseConv2dNative: (context) => [applyFused(context, convolveDepthwise(context))],
  _FusedDepthwiseConv2dNative: (context) => [applyFused(context, convolveDepthwise(context))],
  _FusedMatMul: (context) => [applyFused(context, multiply(context))],
  FusedBatchNorm: readBatchNorm,
  FusedBatchNormV2: readBatchNorm,
  FusedBatchNormV3: readBatchNorm,
};

/** x, gamma, beta, mean, variance [C] */
function readBatchNorm(context: NodeContext): readonly Tensorial[] {
  if (context.flag('is_training'))
    throw context.unsupported(
      'E-GRAPHDEF-TRAINING',
      'normalises by the batch at hand, as in training; expected inference',
    );
  const y = inChannelsLast(context, context.tensor(0), (x) => normalise(context, x, 1));
  return [y, context.tensor(3), context.tensor(4)];
}

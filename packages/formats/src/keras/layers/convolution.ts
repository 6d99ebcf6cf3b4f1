import type { Activation, HeightWidth, Padding, Shape, TensorId } from '@kiln/ir';
import { z } from 'zod';
import type { LayerContext } from '../layer-context.js';
import { activation, dataFormat, padding, pair, single } from '../options.js';
import { activate } from './activation.js';
import { type Converter, withOptions } from './converter.js';
import { channelsLast, windowSize } from './geometry.js';

const NONE = { activation: 'none' satisfies Activation } as const;
const common = { padding, activation, use_bias: z.boolean().default(true) };
const plane = {
  ...common,
  kernel_size: pair,
  strides: pair.default([1, 1]),
  dilation_rate: pair.nullish().transform((value): [number, number] => value ?? [1, 1]),
  data_format: dataFormat,
};

const conv2d = z.object({ ...plane, filters: z.int().positive(), groups: z.int().positive().default(1) });
const depthwiseConv2d = z.object({ ...plane, depth_multiplier: z.int().positive().default(1) });
const separableConv2d = depthwiseConv2d.extend({ filters: z.int().positive() });
const conv2dTranspose = z.object({
  ...plane,
  filters: z.int().positive(),
  dilation_rate: pair
    .nullish()
    .refine((value) => (value ?? null) === null || value!.every((rate) => rate === 1), 'expected 1'),
  output_padding: z.null().optional(),
});
const conv1d = z.object({
  ...common,
  padding: z.enum(['same', 'valid', 'causal']).default('valid'),
  filters: z.int().positive(),
  groups: z.int().positive().default(1),
  kernel_size: single,
  strides: single.default(1),
  dilation_rate: single.nullish().transform((value) => value ?? 1),
  data_format: dataFormat.pipe(z.literal('channels_last')),
});
const dense = z.object({ ...common, units: z.int().positive() });

type Plane = z.infer<typeof conv2d> | z.infer<typeof depthwiseConv2d>;

/** Convolutions and dense layers. */
export const CONVOLUTION_LAYERS: Readonly<Record<string, Converter>> = {
  Conv2D: withOptions(conv2d, (options, context) =>
    channelsLast(options.data_format, context, context.input, (x) => {
      const [kernel, bias] = readKernel(context, options, [
        ...options.kernel_size,
        context.shapeOf(x)[3]! / options.groups,
        options.filters,
      ]);
      return activate(options.activation, context, convolve(context, x, options, kernel, bias));
    }),
  ),
  DepthwiseConv2D: withOptions(depthwiseConv2d, (options, context) =>
    channelsLast(options.data_format, context, context.input, (x) => {
      const channels = context.shapeOf(x)[3]!;
      const wanted = [...options.kernel_size, channels, options.depth_multiplier];
      const weights = context.weights([
        ['depthwise_kernel', wanted],
        ...(options.use_bias ? ([['bias', [channels * options.depth_multiplier]]] as const) : []),
      ]);
      const y = depthwise(context, x, options, weights[0]!.data, weights[1]?.data);
      return activate(options.activation, context, y);
    }),
  ),
  SeparableConv2D: withOptions(separableConv2d, (options, context) =>
    channelsLast(options.data_format, context, context.input, (x) => {
      const inner = context.shapeOf(x)[3]! * options.depth_multiplier;
      const weights = context.weights([
        ['depthwise_kernel', [...options.kernel_size, context.shapeOf(x)[3]!, options.depth_multiplier]],
        ['pointwise_kernel', [1, 1, inner, options.filters]],
        ...(options.use_bias ? ([['bias', [options.filters]]] as const) : []),
      ]);
      const between = depthwise(context, x, options, weights[0]!.data, undefined);
      const point = {
        ...options,
        kernel_size: [1, 1] as [number, number],
        strides: [1, 1] as [number, number],
        dilation_rate: [1, 1] as [number, number],
      };
      const y = convolve(context, between, point, weights[1]!, weights[2]?.data, '/pointwise');
      return activate(options.activation, context, y);
    }),
  ),
  Conv2DTranspose: withOptions(conv2dTranspose, (options, context) =>
    channelsLast(options.data_format, context, context.input, (x) => {
      const shape = context.shapeOf(x);
      const [kernel, bias] = readKernel(context, options, [...options.kernel_size, options.filters, shape[3]!]);
      const y = transposeConvolve(context, x, options, kernel.data, bias);
      return activate(options.activation, context, y);
    }),
  ),
  Conv1D: withOptions(conv1d, (options, context) => {
    const [, steps, channels] = context.shape as [number, number, number];
    const [kernel, bias] = readKernel(context, options, [
      options.kernel_size,
      channels / options.groups,
      options.filters,
    ]);
    const before = options.padding === 'causal' ? (options.kernel_size - 1) * options.dilation_rate : 0;
    const line = context.node(
      'reshape',
      { shape: [1, 1, steps, channels] },
      [context.input],
      [1, 1, steps, channels],
      '/line',
    );
    const padded = before === 0 ? line : padLine(context, line, before);
    const y = convolve(
      context,
      padded,
      {
        ...options,
        padding: options.padding === 'causal' ? 'valid' : options.padding,
        kernel_size: [1, options.kernel_size],
        strides: [1, options.strides],
        dilation_rate: [1, options.dilation_rate],
      },
      { shape: [1, ...kernel.shape], data: kernel.data },
      bias,
      '',
    );
    const shape = [1, ...context.shapeOf(y).slice(2)];
    return activate(options.activation, context, context.node('reshape', { shape }, [y], shape));
  }),
  Dense: withOptions(dense, (options, context) => {
    const { shape } = context;
    const features = shape.at(-1)!;
    const [kernel, bias] = readKernel(context, options, [features, options.units]);
    const constants = [
      context.constant('weights', [options.units, features], lastAxisFirst(kernel.data, options.units)),
      context.constant('bias', [options.units], bias ?? new Float32Array(options.units)),
    ];
    const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
    const isFlat = shape.length === 2;
    const x = isFlat
      ? context.input
      : context.node('reshape', { shape: [rows, features] }, [context.input], [rows, features], '/rows');
    const y = context.node('dense', NONE, [x, ...constants], [rows, options.units], '');
    const whole = [...shape.slice(0, -1), options.units];
    return activate(options.activation, context, isFlat ? y : context.node('reshape', { shape: whole }, [y], whole));
  }),
};

function readKernel(
  context: LayerContext,
  { use_bias, ...others }: { readonly use_bias: boolean; readonly filters?: number; readonly units?: number },
  shape: Shape,
): [kernel: { shape: Shape; data: Float32Array }, bias: Float32Array | undefined] {
  const count = others.filters ?? others.units!;
  const [kernel, bias] = context.weights([['kernel', shape], ...(use_bias ? ([['bias', [count]]] as const) : [])]);
  return [kernel!, bias?.data];
}

function convolve(
  context: LayerContext,
  x: TensorId,
  options: Pick<Plane, 'kernel_size' | 'strides' | 'dilation_rate' | 'padding'>,
  kernel: { readonly shape: Shape; readonly data: Float32Array },
  bias: Float32Array | undefined,
  suffix = '',
): TensorId {
  const filters = kernel.shape[3]!;
  const constants = [
    context.constant(`weights${suffix}`, [filters, ...kernel.shape.slice(0, 3)], lastAxisFirst(kernel.data, filters)),
    context.constant(`bias${suffix}`, [filters], bias ?? new Float32Array(filters)),
  ];
  const attributes = { strides: options.strides, dilations: options.dilation_rate, padding: options.padding, ...NONE };
  return context.node('conv2d', attributes, [x, ...constants], planeShape(context, x, options, filters), suffix);
}

function depthwise(
  context: LayerContext,
  x: TensorId,
  options: z.infer<typeof depthwiseConv2d>,
  kernel: Float32Array,
  bias: Float32Array | undefined,
): TensorId {
  const outputs = context.shapeOf(x)[3]! * options.depth_multiplier;
  const constants = [
    context.constant('depthwise_weights', [1, ...options.kernel_size, outputs], kernel),
    context.constant('depthwise_bias', [outputs], bias ?? new Float32Array(outputs)),
  ];
  const attributes = { strides: options.strides, dilations: options.dilation_rate, padding: options.padding, ...NONE };
  return context.node('depthwiseConv2d', attributes, [x, ...constants], planeShape(context, x, options, outputs));
}

function transposeConvolve(
  context: LayerContext,
  x: TensorId,
  options: z.infer<typeof conv2dTranspose>,
  kernel: Float32Array,
  bias: Float32Array | undefined,
): TensorId {
  const shape = context.shapeOf(x);
  const { filters, kernel_size, strides } = options;
  const size = [0, 1].map((i) => {
    const grown = shape[i + 1]! * strides[i]!;
    return options.padding === 'same' ? grown : grown + Math.max(kernel_size[i]! - strides[i]!, 0);
  }) as [number, number];
  // [K_h, K_w, filters, channels] to [filters, K_h, K_w, channels]
  const channels = shape[3]!;
  const taps = kernel_size[0] * kernel_size[1];
  const weights = Float32Array.from(kernel, (_, i) => {
    const [channel, tap, filter] = [i % channels, Math.floor(i / channels) % taps, Math.floor(i / channels / taps)];
    return kernel[(tap * filters + filter) * channels + channel]!;
  });
  const constants = [
    context.constant('weights', [filters, ...kernel_size, channels], weights),
    context.constant('bias', [filters], bias ?? new Float32Array(filters)),
  ];
  const attributes = { size, strides, padding: options.padding, ...NONE };
  return context.node('transposeConv2d', attributes, [x, ...constants], [shape[0]!, ...size, filters]);
}

function padLine(context: LayerContext, x: TensorId, before: number): TensorId {
  const shape = context.shapeOf(x).map((size, axis) => (axis === 2 ? size + before : size));
  const attributes = { before: [0, 0, before, 0], after: [0, 0, 0, 0] };
  return context.node('pad', attributes, [x, context.scalar('pad/zero', 0)], shape, '/pad');
}

function planeShape(
  context: LayerContext,
  x: TensorId,
  options: {
    readonly kernel_size: HeightWidth;
    readonly strides: HeightWidth;
    readonly dilation_rate: HeightWidth;
    readonly padding: Padding;
  },
  channels: number,
): Shape {
  const [batch, ...size] = context.shapeOf(x) as [number, number, number, number];
  const window = options.kernel_size.map((length, i) => (length - 1) * options.dilation_rate[i]! + 1);
  const [height, width] = [0, 1].map((i) =>
    windowSize(size[i]!, window[i]!, options.strides[i]!, options.padding, context.name),
  );
  return [batch, height!, width!, channels];
}

/** [..., n] -> [n, ...]: Keras keeps the output channel last, Kiln (like TensorFlow Lite) first. */
function lastAxisFirst(data: Float32Array, n: number): Float32Array {
  const rows = data.length / n;
  return Float32Array.from(data, (_, i) => data[(i % rows) * n + Math.floor(i / rows)] ?? 0);
}

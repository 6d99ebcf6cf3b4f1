import type { HeightWidth, Padding, Tensor } from '@kiln/ir';
import { ofBool, ofInt, ofInts, ofText, ofType } from './graph-def.js';
import type { GraphWriter } from './graph-writer.js';
import { activate, type NodeWriters, unwritable } from './node-writer.js';

const T = { T: ofType('float32') };

/** `[1, height, width, 1]`, as TensorFlow has strides and windows. */
const spatial = ([height, width]: HeightWidth) => ofInts([1, height, width, 1]);
const paddingOf = (padding: Padding) => ofText(padding.toUpperCase());

/** Convolutions, pools and products of matrices. */
export const CONVOLUTION_WRITERS: NodeWriters = {
  conv2d: ({ node, inputs, read, writer }) => {
    const { strides, dilations, padding, activation } = node.attributes;
    const [, weights, bias] = inputs as [Tensor, Tensor, Tensor];
    const [filters, height, width, channels] = weights.shape as [number, number, number, number];
    const kernel = writer.weight(`${node.name}/kernel`, {
      shape: [height, width, channels, filters],
      data: lastAxisFirst(floats(weights), filters),
    });
    const y = writer.node('Conv2D', node.name, [read(0), kernel], {
      ...T,
      strides: spatial(strides),
      dilations: spatial(dilations),
      padding: paddingOf(padding),
      data_format: ofText('NHWC'),
      use_cudnn_on_gpu: ofBool(true),
      explicit_paddings: ofInts([]),
    });
    return [activate(writer, addBias(writer, node.name, y, bias), node.name, activation)];
  },
  depthwiseConv2d: ({ node, inputs, read, writer }) => {
    const { strides, dilations, padding, activation } = node.attributes;
    const [x, weights, bias] = inputs as [Tensor, Tensor, Tensor];
    if (strides[0] !== strides[1] || dilations.some((dilation) => dilation !== 1)) {
      throw unwritable(
        node,
        `has strides ${strides.join('x')} and dilations ${dilations.join('x')}, expected equal strides and no dilation`,
      );
    }
    const channels = x.shape[3]!;
    const [, height, width, outputs] = weights.shape as [number, number, number, number];
    const shape = [height, width, channels, outputs / channels];
    const kernel = writer.weight(`${node.name}/depthwise_kernel`, { shape, data: floats(weights) });
    const y = writer.node('DepthwiseConv2dNative', node.name, [read(0), kernel], {
      ...T,
      strides: spatial(strides),
      dilations: spatial(dilations),
      padding: paddingOf(padding),
      data_format: ofText('NHWC'),
      explicit_paddings: ofInts([]),
    });
    return [activate(writer, addBias(writer, node.name, y, bias), node.name, activation)];
  },
  transposeConv2d: ({ node, inputs, outputs, read, writer }) => {
    const { strides, padding, activation } = node.attributes;
    const [, weights, bias] = inputs as [Tensor, Tensor, Tensor];
    const [filters, height, width, channels] = weights.shape as [number, number, number, number];
    const kernel = writer.weight(`${node.name}/kernel`, {
      shape: [height, width, filters, channels],
      data: lastAxisFirst(floats(weights), filters, channels),
    });
    const sizes = outputSizes(writer, node.name, read(0), outputs[0]!.shape);
    const y = writer.node('Conv2DBackpropInput', node.name, [sizes, kernel, read(0)], {
      ...T,
      strides: spatial(strides),
      dilations: ofInts([1, 1, 1, 1]),
      padding: paddingOf(padding),
      data_format: ofText('NHWC'),
      use_cudnn_on_gpu: ofBool(true),
      explicit_paddings: ofInts([]),
    });
    return [activate(writer, addBias(writer, node.name, y, bias), node.name, activation)];
  },
  dense: ({ node, inputs, read, writer }) => {
    const [, weights, bias] = inputs as [Tensor, Tensor, Tensor];
    const [units, features] = weights.shape as [number, number];
    const data = lastAxisFirst(floats(weights), units);
    const kernel = writer.weight(`${node.name}/kernel`, { shape: [features, units], data });
    const attributes = { ...T, transpose_a: ofBool(false), transpose_b: ofBool(false) };
    const y = writer.node('MatMul', node.name, [read(0), kernel], attributes);
    return [activate(writer, addBias(writer, node.name, y, bias), node.name, node.attributes.activation)];
  },
  batchMatMul: ({ node, read, writer }) => {
    const { transposeA, transposeB } = node.attributes;
    const attributes = { ...T, adj_x: ofBool(transposeA), adj_y: ofBool(transposeB) };
    return [writer.node('BatchMatMulV2', node.name, [read(0), read(1)], attributes)];
  },
  maxPool2d: ({ node, read, writer }) => {
    const y = writer.node('MaxPool', node.name, [read(0)], poolAttributes(node.attributes));
    return [activate(writer, y, node.name, node.attributes.activation)];
  },
  averagePool2d: ({ node, read, writer }) => {
    const y = writer.node('AvgPool', node.name, [read(0)], poolAttributes(node.attributes));
    return [activate(writer, y, node.name, node.attributes.activation)];
  },
  l2Pool2d: ({ node, read, writer }) => {
    const squares = writer.node('Square', `${node.name}/square`, [read(0)], T);
    const mean = writer.node('AvgPool', `${node.name}/mean`, [squares], poolAttributes(node.attributes));
    return [activate(writer, writer.node('Sqrt', node.name, [mean], T), node.name, node.attributes.activation)];
  },
};

function poolAttributes(attributes: {
  readonly window: HeightWidth;
  readonly strides: HeightWidth;
  readonly padding: Padding;
}) {
  return {
    ...T,
    ksize: spatial(attributes.window),
    strides: spatial(attributes.strides),
    padding: paddingOf(attributes.padding),
    data_format: ofText('NHWC'),
  };
}

/** The result's sizes, with the batch of what is convolved where that is free. */
function outputSizes(writer: GraphWriter, name: string, x: string, shape: readonly number[]): string {
  if (writer.batch !== -1) return writer.integers(`${name}/sizes`, shape);
  const sizes = writer.node('Shape', `${name}/shape`, [x], { ...T, out_type: ofType('int32') });
  const ends = [0, 1, 1].map((value, i) => writer.integers(`${name}/${['begin', 'end', 'step'][i]}`, [value]));
  const mask = { begin_mask: 0, end_mask: 0, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 1 };
  const batch = writer.node('StridedSlice', `${name}/batch`, [sizes, ...ends], {
    T: ofType('int32'),
    Index: ofType('int32'),
    ...Object.fromEntries(Object.entries(mask).map(([key, bits]) => [key, ofInt(bits)])),
  });
  const others = shape.slice(1).map((size, i) => writer.integer(`${name}/size_${i + 1}`, size));
  const attributes = { T: ofType('int32'), N: ofInt(shape.length), axis: ofInt(0) };
  return writer.node('Pack', `${name}/sizes`, [batch, ...others], attributes);
}

function addBias(writer: GraphWriter, name: string, x: string, bias: Tensor): string {
  const variable = writer.weight(`${name}/bias`, { shape: bias.shape, data: floats(bias) });
  return writer.node('BiasAdd', `${name}/BiasAdd`, [x, variable], { ...T, data_format: ofText('NHWC') });
}

function floats({ data }: Tensor): Float32Array {
  return data as Float32Array;
}

/** [first, ...rest, last] to [...rest, first, last] where `last` is given, else [first, ...rest] to [...rest, first]. */
function lastAxisFirst(data: Float32Array, first: number, last = 1): Float32Array {
  const middle = data.length / first / last;
  const moved = new Float32Array(data.length);
  for (let a = 0; a < first; a++)
    for (let m = 0; m < middle; m++)
      for (let z = 0; z < last; z++) moved[(m * first + a) * last + z] = data[(a * middle + m) * last + z]!;
  return moved;
}

import type { HeightWidth, Node, Padding, Tensor } from '@kiln/ir';
import { int, ints } from './graph-writer.js';
import { first, last, type NodeSite, type NodeWriters, unwritable } from './node-site.js';

/** `[top, left, bottom, right]` of what TensorFlow pads by itself. */
function padsOf(
  input: readonly number[],
  output: readonly number[],
  reach: readonly number[],
  strides: HeightWidth,
  padding: Padding,
): readonly number[] {
  const totals = [0, 1].map((i) =>
    padding === 'valid' ? 0 : Math.max(0, (output[i + 1]! - 1) * strides[i]! + reach[i]! - input[i + 1]!),
  );
  return [...totals.map((total) => Math.floor(total / 2)), ...totals.map((total) => Math.ceil(total / 2))];
}

function convolve(site: NodeSite<'conv2d'> | NodeSite<'depthwiseConv2d'>, order: readonly number[], groups: number) {
  const { strides, dilations, padding, activation } = site.node.attributes;
  const [x, weights] = site.inputs as [Tensor, Tensor];
  const kernel = [weights.shape[1]!, weights.shape[2]!];
  const reach = kernel.map((size, i) => (size - 1) * dilations[i]! + 1);
  const shape = order[0] === 3 ? [weights.shape[3]!, 1, ...kernel] : undefined;
  const y = site.writer.node(
    'Conv',
    site.name,
    [site.read(0, 'channelsFirst'), site.writer.rearranged(weights, order, shape), bias(site, 2)],
    {
      kernel_shape: ints(kernel),
      strides: ints(strides),
      dilations: ints(dilations),
      pads: ints(padsOf(x.shape, site.outputs[0]!.shape, reach, strides, padding)),
      group: int(groups),
    },
  );
  return first(site.activated(y, activation));
}

/** Biases of 64 bits, where the activations have 16, have to fit 32. */
function bias(site: NodeSite<'conv2d' | 'depthwiseConv2d' | 'transposeConv2d' | 'dense'>, i: number): string {
  const tensor = site.inputs[i]!;
  if (!(tensor.data instanceof BigInt64Array)) return site.writer.rearranged(tensor, [0]);
  if (tensor.data.some((value) => value >= 2n ** 31n || value < -(2n ** 31n)))
    throw unwritable(site.node as Node, 'has a bias beyond 32 bits');
  return site.writer.rearranged({ ...tensor, dtype: 'int32', data: Int32Array.from(tensor.data, Number) }, [0]);
}

/** Convolutions, pools and products of matrices. */
export const CONVOLUTION_WRITERS: NodeWriters = {
  conv2d: (site) => {
    const [x, weights] = site.inputs as [Tensor, Tensor];
    return convolve(site, [0, 3, 1, 2], x.shape[3]! / weights.shape[3]!);
  },
  depthwiseConv2d: (site) => convolve(site, [3, 0, 1, 2], site.inputs[0]!.shape[3]!),
  transposeConv2d: (site) => {
    const { strides, size, padding, activation } = site.node.attributes;
    const [x, weights] = site.inputs as [Tensor, Tensor];
    const kernel = [weights.shape[1]!, weights.shape[2]!];
    const whole = [0, 1].map((i) => strides[i]! * (x.shape[i + 1]! - 1) + kernel[i]!);
    const over = whole.map((length, i) => Math.max(0, length - size[i]!));
    const before = over.map((total) => (padding === 'same' ? Math.floor(total / 2) : 0));
    const attributes = {
      kernel_shape: ints(kernel),
      strides: ints(strides),
      pads: ints([...before, ...over.map((total, i) => total - before[i]!)]),
      output_padding: ints(size.map((length, i) => Math.max(0, length - whole[i]!))),
    };
    const kernels = site.writer.rearranged(weights, [3, 0, 1, 2]);
    const y = site.add('ConvTranspose', [site.read(0, 'channelsFirst'), kernels, bias(site, 2)], attributes);
    return first(site.activated(y, activation));
  },
  dense: (site) => {
    const weights = site.writer.rearranged(site.inputs[1]!, [0, 1]);
    const y = site.add('Gemm', [site.read(0), weights, bias(site, 2)], { transB: int(1) });
    return last(site.activated(y, site.node.attributes.activation));
  },
  batchMatMul: (site) => {
    const { transposeA, transposeB } = site.node.attributes;
    const operand = (i: number, transposed: boolean): string => {
      const rank = site.inputs[i]!.shape.length;
      const perm = Array.from({ length: rank }, (_, d) => (d < rank - 2 ? d : 2 * rank - 3 - d));
      return transposed ? site.add('Transpose', [site.read(i)], { perm: ints(perm) }, `/operand_${i}`) : site.read(i);
    };
    return last(site.add('MatMul', [operand(0, transposeA), operand(1, transposeB)]));
  },
  maxPool2d: (site) =>
    first(site.activated(pool(site, 'MaxPool', site.read(0, 'channelsFirst')), site.node.attributes.activation)),
  averagePool2d: (site) =>
    first(site.activated(pool(site, 'AveragePool', site.read(0, 'channelsFirst')), site.node.attributes.activation)),
  l2Pool2d: (site) => {
    const x = site.read(0, 'channelsFirst');
    const mean = pool(site, 'AveragePool', site.add('Mul', [x, x], {}, '/square'));
    return first(site.activated(site.add('Sqrt', [mean], {}, '/root'), site.node.attributes.activation));
  },
};

function pool(site: NodeSite<'maxPool2d' | 'averagePool2d' | 'l2Pool2d'>, op: string, x: string): string {
  const { window, strides, padding } = site.node.attributes;
  return site.add(op, [x], {
    kernel_shape: ints(window),
    strides: ints(strides),
    pads: ints(padsOf(site.inputs[0]!.shape, site.outputs[0]!.shape, window, strides, padding)),
  });
}

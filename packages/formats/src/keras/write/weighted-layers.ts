import type { OpName, Tensor } from '@kiln/ir';
import type { Weight } from '../weight-source.js';
import { addFused, followingActivation, fusedOf, type AnySite, type LayerWriters, unwritable } from './layer-writer.js';

/** Operators whose layers have an activation as an option. */
export const TAKES_OPTION: ReadonlySet<OpName> = new Set(['conv2d', 'depthwiseConv2d', 'transposeConv2d', 'dense']);

type NamedWeight = Weight & { readonly name: string };

/** Convolutions and dense layers. */
export const WEIGHTED_LAYERS: LayerWriters = {
  conv2d: (site) => {
    const { node, inputs } = site;
    const { strides, dilations, padding } = node.attributes;
    const [x, weights] = inputs as [Tensor, Tensor];
    const [filters, height, width, channels] = weights.shape as [number, number, number, number];
    const config = {
      filters,
      kernel_size: [height, width],
      strides,
      padding,
      data_format: 'channels_last',
      dilation_rate: dilations,
      groups: x.shape[3]! / channels,
    };
    add(site, 'Conv2D', config, {
      name: 'kernel',
      shape: [height, width, channels, filters],
      data: firstAxisLast(weights.data as Float32Array, filters),
    });
  },
  depthwiseConv2d: (site) => {
    const { node, inputs } = site;
    const { strides, dilations, padding } = node.attributes;
    const [x, weights] = inputs as [Tensor, Tensor];
    const [, height, width, outputs] = weights.shape as [number, number, number, number];
    if (strides[0] !== strides[1]) throw unwritable(node, `has strides ${strides.join('x')}, expected equal ones`);
    const multiplier = outputs / x.shape[3]!;
    const config = {
      kernel_size: [height, width],
      strides,
      padding,
      depth_multiplier: multiplier,
      data_format: 'channels_last',
      dilation_rate: dilations,
    };
    const shape = [height, width, x.shape[3]!, multiplier];
    add(site, 'DepthwiseConv2D', config, { name: 'depthwise_kernel', shape, data: weights.data as Float32Array });
  },
  transposeConv2d: (site) => {
    const { node, inputs } = site;
    const { strides, padding, size } = node.attributes;
    const [x, weights] = inputs as [Tensor, Tensor];
    const [filters, height, width, channels] = weights.shape as [number, number, number, number];
    const expected = [height, width].map((window, i) => {
      const grown = x.shape[i + 1]! * strides[i]!;
      return padding === 'same' ? grown : grown + Math.max(window - strides[i]!, 0);
    });
    if (size.some((length, i) => length !== expected[i])) {
      throw unwritable(
        node,
        `gives ${size.join('x')}, expected ${expected.join('x')}, what Keras makes of its strides`,
      );
    }
    const config = { filters, kernel_size: [height, width], strides, padding, data_format: 'channels_last' };
    const taps = height * width;
    const source = weights.data as Float32Array;
    const data = Float32Array.from(source, (_, i) => {
      const [channel, filter, tap] = [
        i % channels,
        Math.floor(i / channels) % filters,
        Math.floor(i / channels / filters),
      ];
      return source[(filter * taps + tap) * channels + channel]!;
    });
    add(site, 'Conv2DTranspose', config, { name: 'kernel', shape: [height, width, filters, channels], data });
  },
  dense: (site) => {
    const weights = site.inputs[1]!;
    const [units, features] = weights.shape as [number, number];
    const data = firstAxisLast(weights.data as Float32Array, units);
    add(site, 'Dense', { units }, { name: 'kernel', shape: [features, units], data });
  },
};

function add(
  { node, inputs, output, list }: AnySite,
  className: string,
  config: Readonly<Record<string, unknown>>,
  kernel: NamedWeight,
): void {
  const [x, weights, bias] = inputs as [Tensor, Tensor, Tensor];
  if (weights.data === null || bias.data === null) throw unwritable(node, 'computes its weights, expected constants');
  const fused = fusedOf(node);
  const following = fused === 'none' ? followingActivation(list.graph, node) : null;
  const activation = fused === 'relu' ? 'relu' : (following?.name ?? 'linear');
  const weight = { name: 'bias', shape: bias.shape, data: bias.data as Float32Array };
  const layer = { className, config: { ...config, activation, use_bias: true }, weights: [kernel, weight] };
  const name = list.add(node, layer, [x], output);
  if (fused !== 'relu') addFused(list, node, output, name);
}

/** [n, ...] -> [..., n] */
function firstAxisLast(data: Float32Array, n: number): Float32Array {
  const columns = data.length / n;
  return Float32Array.from(data, (_, i) => data[(i % n) * columns + Math.floor(i / n)]!);
}

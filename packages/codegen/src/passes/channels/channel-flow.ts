import { elementCount, type Graph, inputTensors, type Node, type OpName, type Tensor, tensorOf } from '@kiln/ir';
import { FAMILIES } from '../../operators/index.js';
import type { Site } from '../../operators/site.js';
import { forEachWindow, windowGeometry } from '../../operators/window.js';

/** A channel of one of a node's inputs. */
export interface Source {
  readonly input: number;
  readonly channel: number;
}

/**
 * A sum of products: y[o] = stage(bias[o] + sum over taps t and channels k of (x[t][k] - zero) * weight). `depthwise` sums see
 * one channel each.
 */
export interface SumFlow {
  readonly kind: 'sum';
  readonly filters: number;
  readonly channels: number;
  readonly taps: number;
  readonly depthwise: boolean;
  /** The different sets of taps that lie inside the input, over all positions. */
  readonly tapSets: readonly (readonly number[])[];
  /** The first and the last channel that a filter sees. */
  readonly seen: (o: number) => readonly [number, number];
  readonly weightAt: (o: number, tap: number, channel: number) => number;
}

/** How a node's output channels come from its inputs' channels. The last dimension is the channel. */
export type ChannelFlow =
  | SumFlow
  /** Output channel j depends on these channels alone, in the same way for every j. */
  | { readonly kind: 'through'; readonly sources: (channel: number) => readonly Source[] }
  /** Anything may depend on anything. */
  | { readonly kind: 'barrier' };

const BARRIER: ChannelFlow = { kind: 'barrier' };

export const POINTWISE: ReadonlySet<OpName> = new Set([
  ...(Object.keys({ ...FAMILIES.pointwise, ...FAMILIES.activations, ...FAMILIES.unary }) as OpName[]),
  'quantize' as const,
]);

export const POOLS: ReadonlySet<OpName> = new Set(['maxPool2d', 'averagePool2d'] as const);
export const REDUCTIONS: ReadonlySet<OpName> = new Set(['mean', 'sum', 'reduceMax', 'reduceMin'] as const);

/** The size of the last dimension; 1 for a scalar. */
export function channelCount({ shape }: Pick<Tensor, 'shape'>): number {
  return shape.at(-1) ?? 1;
}

/** Whether values are bytes that one scale gives a meaning. Those of 16 bits keep their channels. */
function isActivation({ dtype, quantization }: Tensor): boolean {
  return dtype === 'int8' && quantization?.scale.length === 1;
}

/** Requires: shapes inferred, operators checked. */
export function channelFlow(graph: Graph, node: Node): ChannelFlow {
  const inputs = inputTensors(graph, node);
  const y = tensorOf(graph, node.outputs[0]!);
  if (node.outputs.length !== 1 || !isActivation(y) || !isActivation(inputs[0]!)) return BARRIER;
  switch (node.op) {
    case 'conv2d':
    case 'dense':
    case 'depthwiseConv2d':
      return sumFlow({ node, inputs, outputs: [y] } as unknown as Site<'conv2d'>);
    case 'reshape':
      return reshapeFlow(inputs[0]!, y);
    case 'concatenation':
      return concatenationFlow(node.attributes.axis, inputs, y);
    case 'pad': {
      const { before, after } = node.attributes;
      return (before.at(-1) ?? 0) + (after.at(-1) ?? 0) > 0 ? BARRIER : straight([inputs[0]!]);
    }
    case 'copy':
      return straight(inputs);
    default:
      break;
  }
  if (POOLS.has(node.op)) return straight(inputs);
  if (REDUCTIONS.has(node.op)) {
    const { axes } = node.attributes as { readonly axes: readonly number[] };
    return axes.includes(inputs[0]!.shape.length - 1) ? BARRIER : straight(inputs);
  }
  return POINTWISE.has(node.op) && inputs.every(isActivation) ? straight(inputs) : BARRIER;
}

/** Channel j from channel j; from the only one of an operand that is broadcast. */
function straight(inputs: readonly Tensor[]): ChannelFlow {
  const counts = inputs.map(channelCount);
  return {
    kind: 'through',
    sources: (channel) => counts.map((count, input) => ({ input, channel: count === 1 ? 0 : channel })),
  };
}

/** Flatten and the like: several positions' channels stand one behind the other. */
function reshapeFlow(x: Tensor, y: Tensor): ChannelFlow {
  const count = channelCount(x);
  if (channelCount(y) % count !== 0) return BARRIER;
  return { kind: 'through', sources: (channel) => [{ input: 0, channel: channel % count }] };
}

function concatenationFlow(axis: number, inputs: readonly Tensor[], y: Tensor): ChannelFlow {
  if (!inputs.every(isActivation)) return BARRIER;
  if (axis !== y.shape.length - 1) return straight(inputs);
  const sources = inputs.flatMap((tensor, input) =>
    Array.from({ length: channelCount(tensor) }, (_, channel) => ({ input, channel })),
  );
  return { kind: 'through', sources: (channel) => [sources[channel]!] };
}

/** Convolutions in groups and weights that are computed are barriers. */
function sumFlow({ node, inputs, outputs }: Site<'conv2d' | 'dense' | 'depthwiseConv2d'>): ChannelFlow {
  const [x, weights, bias] = inputs as [Tensor, Tensor, Tensor];
  if (weights.data === null || bias.data === null) return BARRIER;
  const [channels, filters] = [channelCount(x), channelCount(outputs[0]!)];
  const depthwise = node.op === 'depthwiseConv2d';
  if (!depthwise && weights.shape.at(-1) !== channels) return BARRIER;
  const isDense = node.op === 'dense';
  const taps = isDense ? 1 : elementCount(weights.shape.slice(1, 3));
  const multiplier = filters / channels;
  return {
    kind: 'sum',
    filters,
    channels,
    taps,
    depthwise,
    tapSets: isDense ? [[0]] : distinctTapSets(x, weights, (node as Site<'conv2d'>['node']).attributes),
    seen: (o) => (depthwise ? [Math.floor(o / multiplier), Math.floor(o / multiplier)] : [0, channels - 1]),
    weightAt: (o, tap, channel) => (depthwise ? tap * filters + o : (o * taps + tap) * channels + channel),
  };
}

function distinctTapSets(
  x: Tensor,
  weights: Tensor,
  attributes: Parameters<typeof windowGeometry>[2],
): readonly (readonly number[])[] {
  const geometry = windowGeometry(x.shape, [weights.shape[1]!, weights.shape[2]!], attributes);
  const sets = new Map<string, readonly number[]>();
  forEachWindow(geometry, 1, (_, pairs, count) => {
    const set = Array.from({ length: count }, (__, t) => pairs[2 * t + 1]!);
    sets.set(set.join(), set);
  });
  return [...sets.values()];
}

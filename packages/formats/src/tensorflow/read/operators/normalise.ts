import type { NodeContext } from '../node-context.js';
import type { Tensorial } from '../value.js';
import { arithmetic } from './elementwise.js';

/**
 * y = (x - mean) * gamma / sqrt(variance + epsilon) + beta, as a factor and an offset for each channel; `first` is the input of
 * gamma.
 */
export function normalise(context: NodeContext, x: Tensorial, first: number): Tensorial {
  const [gamma, beta, mean, variance] = [0, 1, 2, 3].map((i) => context.weights(first + i, 1).data) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const channels = x.shape.at(-1)!;
  if ([gamma, beta, mean, variance].some(({ length }) => length !== channels))
    throw context.wrong('E-GRAPHDEF-CHANNELS', `normalises ${channels} channels by ${gamma.length}`);
  const epsilon = context.number('epsilon', 1e-4);
  const factors = gamma.map((value, c) => value / Math.sqrt(variance[c]! + epsilon));
  const offsets = beta.map((value, c) => value - (mean[c]! * gamma[c]!) / Math.sqrt(variance[c]! + epsilon));
  const scaled = arithmetic(context, 'mul', x, context.own('scale', [channels], factors), '/scale');
  return arithmetic(context, 'add', scaled, context.own('shift', [channels], offsets));
}

import { type NodeOf, type Shape, type Tensor } from '@kiln/ir';
import { stridesOf } from '../nest.js';
import type { Site } from '../site.js';
import type { ReductionNest } from './reduction.js';

export type FoldName = 'mean' | 'sum' | 'reduceMax' | 'reduceMin' | 'reduceProd' | 'reduceAll' | 'reduceAny';

/** How many values become one. */
export function reducedCount({ node, inputs }: Pick<Site<FoldName>, 'node' | 'inputs'>): number {
  return node.attributes.axes.reduce((product, axis) => product * inputs[0]!.shape[axis]!, 1);
}

/** Without the reduced dimensions, or with size 1 in their place. */
export function reducedShapes(node: NodeOf<FoldName>, inputs: readonly Tensor[]): readonly Shape[] {
  const { axes, keepDimensions } = node.attributes;
  const { shape } = inputs[0]!;
  return [shape.flatMap((size, d) => (axes.includes(d) ? (keepDimensions ? [1] : []) : [size]))];
}

/** Loops over the dimensions that stay, then over those of `axes`. */
export function reducedNest(shape: Shape, axes: readonly number[]): ReductionNest {
  const dimensions = shape.map((_, d) => d);
  const kept = dimensions.filter((d) => !axes.includes(d));
  const reduced = dimensions.filter((d) => axes.includes(d));
  const sizesOf = (list: readonly number[]): number[] => list.map((d) => shape[d]!);
  const strides = stridesOf(shape);
  const none = (list: readonly number[]): number[] => list.map(() => 0);
  return {
    sizes: [...sizesOf(kept), ...sizesOf(reduced)],
    operands: [
      { offset: 0, strides: [...stridesOf(sizesOf(kept)), ...none(reduced)] },
      { offset: 0, strides: [...kept, ...reduced].map((d) => strides[d]!) },
      { offset: 0, strides: [...none(kept), ...stridesOf(sizesOf(reduced))] },
    ],
  };
}

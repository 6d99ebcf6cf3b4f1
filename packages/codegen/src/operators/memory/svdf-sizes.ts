import type { Site } from '../site.js';

/** Batches, features of x, filters, values that each remembers, filters of one unit, units. */
export function svdfSizes({ node, inputs }: Site<'svdf'>) {
  const [batches, features] = inputs[0]!.shape as [number, number];
  const [filters, memory] = inputs[2]!.shape as [number, number];
  const { rank } = node.attributes;
  return { batches, features, filters, memory, rank, units: filters / rank };
}

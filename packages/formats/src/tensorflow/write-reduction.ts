import { ofBool, ofType } from './graph-def.js';
import type { NodeSite, NodeWriters } from './node-writer.js';

const INDEX = ofType('int32');

const REDUCTIONS = {
  mean: 'Mean',
  sum: 'Sum',
  reduceMax: 'Max',
  reduceMin: 'Min',
  reduceProd: 'Prod',
  reduceAll: 'All',
  reduceAny: 'Any',
} as const;

function reduce(op: string) {
  return ({ node, inputs, read, writer }: NodeSite<keyof typeof REDUCTIONS>): readonly string[] => {
    const { axes, keepDimensions } = node.attributes;
    const typed = op === 'All' || op === 'Any' ? {} : { T: ofType(inputs[0]!.dtype) };
    const attributes = { ...typed, Tidx: INDEX, keep_dims: ofBool(keepDimensions) };
    return [writer.node(op, node.name, [read(0), writer.integers(`${node.name}/axes`, axes)], attributes)];
  };
}

function indexOf(op: string) {
  return ({ node, inputs, outputs, read, writer }: NodeSite<'argMax' | 'argMin'>): readonly string[] => {
    const types = { T: ofType(inputs[0]!.dtype), Tidx: INDEX, output_type: ofType(outputs[0]!.dtype) };
    const axis = writer.integer(`${node.name}/axis`, node.attributes.axis);
    return [writer.node(op, node.name, [read(0), axis], types)];
  };
}

/** Operators that make one value of many. */
export const REDUCTION_WRITERS: NodeWriters = {
  ...(Object.fromEntries(Object.entries(REDUCTIONS).map(([op, name]) => [op, reduce(name)])) as NodeWriters),
  argMax: indexOf('ArgMax'),
  argMin: indexOf('ArgMin'),
  cumSum: ({ node, inputs, read, writer }) => {
    const { axis, exclusive, reverse } = node.attributes;
    const types = { T: ofType(inputs[0]!.dtype), Tidx: INDEX };
    const options = { exclusive: ofBool(exclusive), reverse: ofBool(reverse) };
    const along = writer.integer(`${node.name}/axis`, axis);
    return [writer.node('Cumsum', node.name, [read(0), along], { ...types, ...options })];
  },
};

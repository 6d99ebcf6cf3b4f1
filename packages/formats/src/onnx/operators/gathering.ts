import type { Value } from '../graph-builder.js';
import type { NodeContext, NodeReaders } from '../node-context.js';

/**
 * Indices as int32, those from the end counted from the beginning. `sizes` are the dimensions that they run along: index i along
 * that of i modulo their number.
 */
function indicesOf(context: NodeContext, sizes: readonly number[]): Value {
  const { builder } = context;
  const indices = builder.plain(context.input(1));
  const { data, ...tensor } = builder.tensor(indices.id);
  if (data === null) {
    if (tensor.dtype !== 'int64') return indices;
    return context.add('cast', {}, [indices], {
      shape: indices.shape,
      dtype: 'int32',
      quantization: null,
      real: false,
      suffix: '/indices',
    });
  }
  const sizeAt = (i: number): number => sizes[i % sizes.length]!;
  const values = Array.from(data as Int32Array, Number);
  const whole = values.map((index, i) => (index < 0 ? index + sizeAt(i) : index));
  if (!whole.every((index, i) => Number.isInteger(index) && index >= 0 && index < sizeAt(i)))
    throw context.wrong('E-ONNX-INDEX', `has indices beyond ${sizes.join(' x ')} elements`);
  return builder.constant(tensor.name, indices.shape, 'int32', Int32Array.from(whole));
}

function readGather(context: NodeContext): Value {
  const x = context.builder.plain(context.input());
  const axis = context.axis(context.int('axis', 0), x.shape.length);
  const indices = indicesOf(context, [x.shape[axis]!]);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return context.emit('gather', { axis, batchDimensions: 0 }, [x], { shape }, [indices]);
}

/** The last dimension of the indices holds the coordinates of an element, or of what stands in the dimensions behind. */
function readGatherNd(context: NodeContext): Value {
  const x = context.builder.plain(context.input());
  const given = context.input(1).shape;
  const count = given.at(-1) ?? 0;
  if (context.int('batch_dims', 0) !== 0)
    throw context.unsupported('E-ONNX-OPTION', 'has batch_dims, expected indices into the whole');
  if (count < 1 || count > x.shape.length)
    throw context.wrong('E-ONNX-INDEX', `has ${count} coordinates, expected 1 to ${x.shape.length}`);
  const indices = indicesOf(context, x.shape.slice(0, count));
  const shape = [...given.slice(0, -1), ...x.shape.slice(count)];
  return context.emit('gatherNd', {}, [x], { shape }, [indices]);
}

/** Operators that take elements by their indices. */
export const gatheringReaders: NodeReaders = { Gather: readGather, GatherND: readGatherNd };

import { elementCount, type Shape } from '@kiln/ir';
import { foldUnary, fromNumbers } from '../fold.js';
import type { NodeContext } from '../node-context.js';
import { constant, integers, type Tensorial } from '../value.js';
import type { NodeReaders } from './node-reader.js';

/** The same elements under another shape. */
export function reshaped(context: NodeContext, x: Tensorial, shape: Shape, suffix = ''): Tensorial {
  context.checkShape(shape);
  if (elementCount(shape) !== elementCount(x.shape)) {
    const message = `makes [${shape.join(', ')}] of [${x.shape.join(', ')}], which has another number of elements`;
    throw context.wrong('E-GRAPHDEF-RESHAPE', message);
  }
  if (x.kind === 'constant') return constant(x.name, x.dtype, shape, x.data);
  if (x.shape.length === shape.length && x.shape.every((size, d) => size === shape[d])) return x;
  return context.emit('reshape', { shape }, [x], shape, x.dtype, suffix);
}

function readReshape(context: NodeContext): Tensorial {
  const x = context.tensor(0);
  const asked = context.integers(1);
  const known = asked.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const left = known === 0 ? 0 : elementCount(x.shape) / known;
  return reshaped(
    context,
    x,
    asked.map((size) => (size === -1 ? left : size)),
  );
}

function readSqueeze(context: NodeContext): Tensorial {
  const x = context.tensor(0);
  const asked = context.list('squeeze_dims', context.list('axis', []));
  const axes = new Set(asked.map((axis) => context.axis(axis, x.shape.length)));
  const goes = (size: number, d: number): boolean => (asked.length === 0 ? size === 1 : axes.has(d));
  return reshaped(
    context,
    x,
    x.shape.filter((size, d) => !goes(size, d)),
  );
}

function readExpandDims(context: NodeContext): Tensorial {
  const x = context.tensor(0);
  const axis = context.axis(context.integer(1), x.shape.length + 1);
  return reshaped(context, x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]);
}

function readRange(context: NodeContext): Tensorial {
  const { dtype } = context.constant(0);
  const [start, limit, step] = [0, 1, 2].map((i) => Number(context.constant(i).data[0])) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / step));
  if (!Number.isFinite(count)) throw context.wrong('E-GRAPHDEF-RANGE', `counts from ${start} to ${limit} by ${step}`);
  context.spend([count]);
  return fromNumbers(context, dtype, [count], (i) => start + i * step);
}

function readFill(context: NodeContext): Tensorial {
  const shape = context.integers(0);
  const value = context.tensor(1);
  context.checkShape(shape);
  if (value.kind === 'flowing') return context.emit('broadcastTo', { shape }, [value], shape);
  context.spend(shape);
  return fromNumbers(context, value.dtype, shape, () => Number(value.data[0]));
}

/** Operators that look at shapes, or change nothing else. Batches are 1, so that all shapes are known. */
export const shapeReaders: NodeReaders = {
  Reshape: (context) => [readReshape(context)],
  Squeeze: (context) => [readSqueeze(context)],
  ExpandDims: (context) => [readExpandDims(context)],
  Shape: (context) => [
    foldUnary(context, integers(context.name, context.tensor(0).shape), context.dtype('out_type', 'int32'), (x) => x),
  ],
  ShapeN: (context) => context.tensors().map(({ shape }) => integers(context.name, shape)),
  Rank: (context) => [integers(context.name, [context.tensor(0).shape.length], [])],
  Size: (context) => [integers(context.name, [elementCount(context.tensor(0).shape)], [])],
  Range: (context) => [readRange(context)],
  Fill: (context) => [readFill(context)],
};

import type { Shape } from '@kiln/ir';
import { fromNumbers } from '../fold.js';
import type { NodeContext } from '../node-context.js';
import { inChannelsLast, paddingOf, planeOf } from '../planes.js';
import type { Constant } from '../value.js';
import { windowCounts } from '../window-count.js';
import type { NodeReader, NodeReaders } from './node-reader.js';

const REDUCTIONS = {
  Mean: 'mean',
  Sum: 'sum',
  Max: 'reduceMax',
  Min: 'reduceMin',
  Prod: 'reduceProd',
  All: 'reduceAll',
  Any: 'reduceAny',
} as const;

/** Those that shapes are computed with. */
const FOLDS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Prod: (values) => values.reduce((product, value) => product * value, 1),
  Max: (values) => Math.max(...values),
  Min: (values) => Math.min(...values),
};

function reduction(name: keyof typeof REDUCTIONS): NodeReader {
  return (context) => {
    const x = context.tensor(0);
    const rank = x.shape.length;
    const axes = [...new Set(context.integers(1).map((axis) => context.axis(axis, rank)))].sort((a, b) => a - b);
    const keepDimensions = context.flag('keep_dims');
    const shape = reducedShape(x.shape, axes, keepDimensions);
    if (axes.length === 0) return [x];
    const fold = FOLDS[name];
    if (x.kind === 'constant' && rank === 1 && fold !== undefined) return [folded(context, x, shape, fold)];
    return [context.emit(REDUCTIONS[name], { axes, keepDimensions }, [x], shape)];
  };
}

function reducedShape(shape: Shape, axes: readonly number[], keepDimensions: boolean): Shape {
  if (keepDimensions) return shape.map((size, d) => (axes.includes(d) ? 1 : size));
  return shape.filter((_, d) => !axes.includes(d));
}

function folded(
  context: NodeContext,
  { data, dtype }: Constant,
  shape: Shape,
  fold: (values: readonly number[]) => number,
): Constant {
  if (data.length > 4096) throw context.unsupported('E-GRAPHDEF-FOLD', `reduces a constant of ${data.length} elements`);
  const result = fold(Array.from<number | bigint>(data as never).map(Number));
  return fromNumbers(context, dtype, shape, () => result);
}

function pool(op: 'maxPool2d' | 'averagePool2d'): NodeReader {
  return (context) => [
    inChannelsLast(context, context.ranked(0, 4), (x) => {
      const window = planeOf(context, 'ksize', null);
      const strides = planeOf(context, 'strides', null);
      const padding = paddingOf(context);
      const shape = [x.shape[0]!, ...windowCounts(context, x.shape, window, strides, padding), x.shape[3]!];
      return context.emit(op, { window, strides, padding, activation: 'none' }, [x], shape);
    }),
  ];
}

function argument(op: 'argMax' | 'argMin'): NodeReader {
  return (context) => {
    const x = context.tensor(0);
    const axis = context.axis(context.integer(1), x.shape.length);
    const dtype = context.dtype('output_type', 'int64');
    const shape = x.shape.filter((_, d) => d !== axis);
    return [context.emit(op, { axis }, [x], shape, dtype === 'int64' ? 'int32' : dtype)];
  };
}

/** Operators that make one value of many. */
export const reductionReaders: NodeReaders = {
  ...Object.fromEntries(Object.keys(REDUCTIONS).map((name) => [name, reduction(name as keyof typeof REDUCTIONS)])),
  MaxPool: pool('maxPool2d'),
  AvgPool: pool('averagePool2d'),
  ArgMax: argument('argMax'),
  ArgMin: argument('argMin'),
  Cumsum: (context) => {
    const x = context.tensor(0);
    const axis = context.axis(context.integer(1), x.shape.length);
    return [
      context.emit(
        'cumSum',
        { axis, exclusive: context.flag('exclusive'), reverse: context.flag('reverse') },
        [x],
        x.shape,
      ),
    ];
  },
};

import type { OperatorContext, OperatorReader, OperatorReaders } from '../operator-context.js';

type ReductionName = 'mean' | 'sum' | 'reduceMax' | 'reduceMin' | 'reduceProd' | 'reduceAll' | 'reduceAny';
type PoolName = 'maxPool2d' | 'averagePool2d' | 'l2Pool2d';

function reduction(op: ReductionName): OperatorReader {
  return (context) => {
    const rank = context.tensor(0).shape.length;
    const axes = [...new Set(context.integers(1).map((axis) => context.axis(axis, rank)))].sort((a, b) => a - b);
    context.emit(op, { axes, keepDimensions: context.options('ReducerOptions').keepDims }, [context.input(0)]);
  };
}

function pool(op: PoolName): OperatorReader {
  return (context) => {
    const options = context.options('Pool2DOptions');
    const window = [options.filterHeight, options.filterWidth] as const;
    const strides = [options.strideH, options.strideW] as const;
    context.positive('window and strides', ...window, ...strides);
    const activation = context.activation(options.fusedActivationFunction);
    context.emit(op, { window, strides, padding: context.padding(options.padding), activation }, [context.input(0)]);
  };
}

function argument(op: 'argMax' | 'argMin'): OperatorReader {
  return (context) => {
    const axis = context.axis(context.integer(1), context.tensor(0).shape.length);
    context.emit(op, { axis }, [context.input(0)]);
  };
}

function readCumSum(context: OperatorContext): void {
  const axis = context.axis(context.integer(1), context.tensor(0).shape.length);
  const { exclusive, reverse } = context.options('CumsumOptions');
  context.emit('cumSum', { axis, exclusive, reverse }, [context.input(0)]);
}

/** Operators that make one value of many. */
export const reductionReaders: OperatorReaders = {
  AVERAGE_POOL_2D: pool('averagePool2d'),
  MAX_POOL_2D: pool('maxPool2d'),
  L2_POOL_2D: pool('l2Pool2d'),
  MEAN: reduction('mean'),
  SUM: reduction('sum'),
  REDUCE_MAX: reduction('reduceMax'),
  REDUCE_MIN: reduction('reduceMin'),
  REDUCE_PROD: reduction('reduceProd'),
  REDUCE_ALL: reduction('reduceAll'),
  REDUCE_ANY: reduction('reduceAny'),
  ARG_MAX: argument('argMax'),
  ARG_MIN: argument('argMin'),
  CUMSUM: readCumSum,
};

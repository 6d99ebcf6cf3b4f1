import { activationNumber, type NodeWriter, type NodeWriters, paddingNumber } from './node-context.js';
import { typeNumber } from './model-writer.js';
import type { ReductionName } from './operator-names.js';
import type { BuiltinName } from './versions.js';

type PoolName = 'maxPool2d' | 'averagePool2d' | 'l2Pool2d';
type FoldName = Exclude<ReductionName, PoolName | 'argMax' | 'argMin' | 'cumSum'>;

function pool<K extends PoolName>(name: BuiltinName): NodeWriter<K> {
  return (context) => {
    const { window, strides, padding, activation } = context.node.attributes;
    const [[filterHeight, filterWidth], [strideH, strideW]] = [window, strides];
    const shared = { padding: paddingNumber(padding), fusedActivationFunction: activationNumber(activation) };
    const options = { filterHeight, filterWidth, strideH, strideW, ...shared };
    context.emit(name, context.readAll(), ['Pool2DOptions', options]);
  };
}

function fold<K extends FoldName>(name: BuiltinName): NodeWriter<K> {
  return (context) => {
    const { axes, keepDimensions: keepDims } = context.node.attributes;
    context.emit(name, [context.read(0), context.integers('axes', axes)], ['ReducerOptions', { keepDims }]);
  };
}

function argument<K extends 'argMax' | 'argMin'>(
  name: BuiltinName,
  member: 'ArgMaxOptions' | 'ArgMinOptions',
): NodeWriter<K> {
  return (context) => {
    const outputType = typeNumber(context.outputs[0]!.dtype);
    const axis = context.integer('axis', context.node.attributes.axis);
    context.emit(name, [context.read(0), axis], [member, { outputType }]);
  };
}

/** Operators that make one value of many. */
export const REDUCTION_WRITERS: NodeWriters<ReductionName> = {
  maxPool2d: pool('MAX_POOL_2D'),
  averagePool2d: pool('AVERAGE_POOL_2D'),
  l2Pool2d: pool('L2_POOL_2D'),
  mean: fold('MEAN'),
  sum: fold('SUM'),
  reduceMax: fold('REDUCE_MAX'),
  reduceMin: fold('REDUCE_MIN'),
  reduceProd: fold('REDUCE_PROD'),
  reduceAll: fold('REDUCE_ALL'),
  reduceAny: fold('REDUCE_ANY'),
  argMax: argument('ARG_MAX', 'ArgMaxOptions'),
  argMin: argument('ARG_MIN', 'ArgMinOptions'),
  cumSum: (context) => {
    const { axis, exclusive, reverse } = context.node.attributes;
    const inputs = [context.read(0), context.integer('axis', axis)];
    context.emit('CUMSUM', inputs, ['CumsumOptions', { exclusive, reverse }]);
  },
};

import { channelsFirstOrder } from '../arrange.js';
import type { Value } from '../graph-builder.js';
import type { NodeContext, NodeReader, NodeReaders } from '../node-context.js';
import { arithmeticNode, unaryNode } from './elementwise.js';
import { reshaped } from './movement.js';

type ReductionName = 'mean' | 'sum' | 'reduceMax' | 'reduceMin' | 'reduceProd';

/** Since version 18 the axes are an input, of ReduceSum since 13. */
function axesOf(context: NodeContext, rank: number): readonly number[] {
  const since = context.node.op === 'ReduceSum' ? 13 : 18;
  const given = context.opset < since ? context.ints('axes') : context.has(1) ? context.integers(1) : null;
  const asked = given === null || given.length === 0 ? Array.from({ length: rank }, (_, i) => i) : given;
  return [...new Set(asked.map((axis) => context.axis(axis, rank)))].sort((a, b) => a - b);
}

function reduce(context: NodeContext, op: ReductionName, input: Value, suffix = ''): Value {
  const rank = input.shape.length;
  const keepDimensions = context.int('keepdims', 1) !== 0;
  const axes = axesOf(context, rank);
  const left = input.shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDimensions ? [1] : []) : [size]));
  // What is left of [N, ..., C] has to be in the file's order.
  const order = channelsFirstOrder(rank === 1 ? 2 : rank).filter(
    (axis) => !axes.map((d) => context.stored(input, d)).includes(axis),
  );
  const inOrder = order.every((axis, i) => i === 0 || axis > order[i - 1]!);
  const x = keepDimensions || inOrder ? input : context.builder.plain(input);
  const stored = axes.map((axis) => context.stored(x, axis)).sort((a, b) => a - b);
  const layout = keepDimensions ? x.layout : 'plain';
  return context.emit(op, { axes: stored, keepDimensions }, [x], { shape: left, layout, suffix });
}

function reduction(op: ReductionName): NodeReader {
  return (context) => {
    const since = context.node.op === 'ReduceSum' ? 13 : 18;
    const nothing = context.opset >= since && !context.has(1) && context.int('noop_with_empty_axes', 0) !== 0;
    return nothing ? context.input() : reduce(context, op, context.input());
  };
}

/** The index of the first of the greatest values. Of the last, where the file asks for it, none. */
function argument(op: 'argMax' | 'argMin'): NodeReader {
  return (context) => {
    const x = context.builder.float(context.builder.plain(context.input()));
    if (context.int('select_last_index', 0) !== 0)
      throw context.unsupported('E-ONNX-OPTION', 'asks for the last of equal values, expected the first');
    const axis = context.axis(context.int('axis', 0), x.shape.length);
    const shape = x.shape.toSpliced(axis, 1);
    const keep = context.int('keepdims', 1) !== 0;
    const index = { shape, dtype: 'int32', quantization: null, real: false, suffix: keep ? '/index' : '' } as const;
    const y = context.add(op, { axis }, [x], index);
    return keep ? reshaped(context, y, x.shape.with(axis, 1)) : y;
  };
}

/** Along an axis that is put last. Before version 13 all axes from the first that is named counted as one. */
function rows(op: 'softmax' | 'logSoftmax'): NodeReader {
  return (context) => {
    const input = context.input();
    const rank = input.shape.length;
    const before = context.opset < 13;
    const axis = context.axis(context.int('axis', before ? 1 : -1), rank);
    const run = (x: Value, suffix = ''): Value => {
      const result = { shape: x.shape, layout: x.layout, suffix };
      return op === 'softmax' ? context.emit(op, { beta: 1 }, [x], result) : context.emit(op, {}, [x], result);
    };
    if (before && input.shape.slice(axis + 1).some((size) => size !== 1)) {
      const count = input.shape.slice(axis).reduce((product, size) => product * size, 1);
      const flat = input.shape.slice(0, axis).reduce((product, size) => product * size, 1);
      return reshaped(context, run(reshaped(context, input, [flat, count], '/rows')), input.shape, '/shape');
    }
    if (context.stored(input, axis) === rank - 1) return run(input);
    const x = context.builder.plain(input);
    if (axis === rank - 1) return run(x);
    const order = [...x.shape.map((_, i) => i).filter((i) => i !== axis), axis];
    const back = x.shape.map((_, i) => order.indexOf(i));
    const turned = order.map((i) => x.shape[i]!);
    const last = context.emit('transpose', { permutation: order }, [x], { shape: turned, suffix: '/rows' });
    return context.emit('transpose', { permutation: back }, [run(last)], { shape: x.shape, suffix: '/shape' });
  };
}

/** Operators that make one value of many, and those that work along rows. */
export const reductionReaders: NodeReaders = {
  ReduceMean: reduction('mean'),
  ReduceSum: reduction('sum'),
  ReduceMax: reduction('reduceMax'),
  ReduceMin: reduction('reduceMin'),
  ReduceProd: reduction('reduceProd'),
  ReduceSumSquare: (context) => reduce(context, 'sum', unaryNode(context, 'square', context.input(), '/square')),
  ReduceL1: (context) => reduce(context, 'sum', unaryNode(context, 'abs', context.input(), '/abs')),
  ReduceL2: (context) => {
    const sum = reduce(context, 'sum', unaryNode(context, 'square', context.input(), '/square'), '/sum');
    return unaryNode(context, 'sqrt', sum);
  },
  ArgMax: argument('argMax'),
  ArgMin: argument('argMin'),
  Softmax: rows('softmax'),
  LogSoftmax: rows('logSoftmax'),
  CumSum: (context) => {
    const x = context.builder.plain(context.input());
    const axis = context.axis(context.integers(1)[0] ?? NaN, x.shape.length);
    const [exclusive, reverse] = ['exclusive', 'reverse'].map((name) => context.int(name, 0) !== 0) as [
      boolean,
      boolean,
    ];
    return context.emit('cumSum', { axis, exclusive, reverse }, [x], { shape: x.shape });
  },
  LpNormalization: (context) => {
    const x = context.builder.plain(context.input());
    if (context.int('p', 2) !== 2 || context.axis(context.int('axis', -1), x.shape.length) !== x.shape.length - 1)
      throw context.unsupported('E-ONNX-OPTION', 'has another norm than the second along the last dimension');
    return context.emit('l2Normalization', {}, [x], { shape: x.shape });
  },
  Mean: (context) => {
    const [first, ...others] = context.inputs();
    if (first === undefined) throw context.wrong('E-ONNX-INPUT', 'has no inputs');
    const sum = others.reduce((a, b, i) => arithmeticNode(context, 'add', a, b, `/${i}`), first);
    return arithmeticNode(context, 'mul', sum, context.floats('/share', [], [1 / (others.length + 1)]));
  },
};

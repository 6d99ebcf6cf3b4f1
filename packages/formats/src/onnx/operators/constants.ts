import { allocate, type DType, elementCount, type Shape, type TensorData } from '@kiln/ir';
import type { Value } from '../graph-builder.js';
import type { NodeContext, NodeReaders } from '../node-context.js';

const MOST_FOLDED = 4096;

/** Constants, and what follows from shapes, which are known. */
export const constantReaders: NodeReaders = {
  Constant: (context) => {
    const tensor = context.tensor('value');
    if (tensor !== null) return constant(context, tensor.shape, tensor.dtype, tensor.data);
    const { attributes } = context.node;
    if (attributes.has('value_float')) return context.floats('', [], [context.float('value_float', 0)]);
    if (attributes.has('value_int')) return integers(context, [], [context.int('value_int', 0)]);
    const list = context.ints('value_ints');
    if (list !== null) return integers(context, [list.length], list);
    const floats = attributes.get('value_floats')?.floats;
    if (floats !== undefined) return context.floats('', [floats.length], floats);
    throw context.unsupported(
      'E-ONNX-ATTRIBUTE',
      `has ${[...attributes.keys()].join(', ') || 'no value'}, expected a tensor`,
    );
  },
  ConstantOfShape: (context) => {
    const shape = context.integers(0);
    const { dtype, data } = context.tensor('value') ?? { dtype: 'float32' as const, data: Float32Array.of(0) };
    const count = elementCount(shape);
    if (!shape.every((size) => size >= 0) || count > 2 ** 22 || data.length !== 1)
      throw context.wrong('E-ONNX-SHAPE', `makes a constant of [${shape.join(', ')}]`);
    const values = allocate(dtype, count);
    if (values instanceof BigInt64Array) values.fill(data[0] as bigint);
    else values.fill(data[0] as number);
    return constant(context, shape, dtype, values);
  },
  Shape: (context) => {
    const { shape } = context.input();
    const [start, end] = [context.int('start', 0), context.int('end', shape.length)];
    const part = shape.slice(start, end);
    return integers(context, [part.length], part);
  },
  Size: (context) => integers(context, [], [elementCount(context.input().shape)]),
  Range: (context) => {
    const [start, limit, delta] = [context.scalar(0), context.scalar(1), context.scalar(2)];
    const count = Math.max(0, Math.ceil((limit - start) / delta));
    if (!(count <= MOST_FOLDED))
      throw context.wrong('E-ONNX-RANGE', `has ${count} values, expected at most ${MOST_FOLDED}`);
    const values = Array.from({ length: count }, (_, i) => start + i * delta);
    return context.dtype(context.input(0)) === 'float32'
      ? context.floats('', [count], values)
      : integers(context, [count], values);
  },
};

function constant(context: NodeContext, shape: Shape, dtype: DType, data: TensorData): Value {
  return { ...context.builder.constant(context.name, shape, dtype, data), real: false };
}

function integers(context: NodeContext, shape: Shape, values: readonly number[]): Value {
  return constant(
    context,
    shape,
    'int64',
    BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))),
  );
}

type Fold = (context: NodeContext, lists: readonly (readonly number[])[]) => readonly number[] | null;

const pairwise =
  (f: (a: number, b: number) => number): Fold =>
  (_, [a = [], b = []]) => {
    const length = Math.max(a.length, b.length);
    const at = (list: readonly number[], i: number): number | undefined => (list.length === 1 ? list[0] : list[i]);
    const values = Array.from({ length }, (_, i) => f(at(a, i) ?? NaN, at(b, i) ?? NaN));
    return values.every(Number.isSafeInteger) ? values : null;
  };

/** Arithmetic of lists of sizes. */
const FOLDS: Readonly<Record<string, Fold>> = {
  Add: pairwise((a, b) => a + b),
  Sub: pairwise((a, b) => a - b),
  Mul: pairwise((a, b) => a * b),
  Div: pairwise((a, b) => Math.trunc(a / b)),
  Max: pairwise(Math.max),
  Min: pairwise(Math.min),
  Equal: pairwise((a, b) => Number(a === b)),
  Where: (_, [condition = [], a = [], b = []]) =>
    a.length === condition.length && b.length === a.length ? condition.map((c, i) => (c !== 0 ? a[i]! : b[i]!)) : null,
  Concat: (_, lists) => lists.flat(),
  Cast: (_, [list = []]) => list,
  Gather: (context, [list = [], indices = []]) =>
    context.input(0).shape.length === 1 ? known(indices.map((i) => list[i < 0 ? i + list.length : i])) : null,
  Slice: (context, [list = [], starts = [], ends = [], axes = [0], steps = [1]]) =>
    context.opset >= 10 && starts.length === 1 && axes.length === 1 && steps[0] === 1
      ? list.slice(starts[0], ends[0])
      : null,
};

function known(values: readonly (number | undefined)[]): readonly number[] | null {
  return values.every((value) => value !== undefined) ? (values as number[]) : null;
}

/**
 * The result of a node that works on lists of integers that are all known, as exporters compute shapes; null for any other.
 * Results have one dimension, or none where all operands have none.
 */
export function foldIntegers(context: NodeContext): Value | null {
  const fold = FOLDS[context.node.op];
  if (fold === undefined || context.node.inputs.length === 0 || context.node.inputs.includes('')) return null;
  const inputs = context.inputs();
  const lists = inputs.map((value) => listOf(context, value));
  if (!lists.every((list) => list !== null)) return null;
  if (context.node.op === 'Cast' && !['int32', 'int64', 'bool'].includes(context.castTo())) return null;
  const values = fold(context, lists);
  if (values === null || values.length > MOST_FOLDED) return null;
  const isScalar =
    context.node.op === 'Gather' ? inputs[1]!.shape.length === 0 : inputs.every(({ shape }) => shape.length === 0);
  return integers(context, isScalar && context.node.op !== 'Concat' ? [] : [values.length], values);
}

function listOf(context: NodeContext, value: Value): readonly number[] | null {
  const { data, dtype, quantization, shape } = context.builder.tensor(value.id);
  const isList = data !== null && shape.length <= 1 && data.length <= MOST_FOLDED && quantization === null;
  return isList && ['int32', 'int64', 'bool'].includes(dtype) ? Array.from(data as Int32Array, Number) : null;
}

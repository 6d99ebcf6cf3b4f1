import type { ArithmeticName, BinaryName, DType, UnaryName } from '@kiln/ir';
import { broadcastShape, foldBinary, foldUnary } from '../fold.js';
import { erf, geluOf } from '../gelu.js';
import type { NodeContext } from '../node-context.js';
import { type Constant, constant, type Flowing, type Tensorial } from '../value.js';
import type { NodeReader, NodeReaders } from './node-reader.js';

const NONE = { activation: 'none' } as const;

const UNARY: Readonly<Record<string, UnaryName>> = {
  Relu: 'relu',
  Relu6: 'relu6',
  Elu: 'elu',
  Sigmoid: 'logistic',
  Tanh: 'tanh',
  Sin: 'sin',
  Cos: 'cos',
  Ceil: 'ceil',
  Floor: 'floor',
  Round: 'round',
  Rint: 'round',
  Sign: 'sign',
  Abs: 'abs',
  Neg: 'neg',
  Square: 'square',
  Sqrt: 'sqrt',
  Rsqrt: 'rsqrt',
  Exp: 'exp',
  Log: 'log',
  LogicalNot: 'logicalNot',
};

const { fround } = Math;
/** Those that shapes and weights are computed with. */
const UNARY_FOLDS: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Neg: (x) => -x,
  Square: (x) => x * x,
  Sqrt: Math.sqrt,
  Rsqrt: (x) => 1 / fround(Math.sqrt(x)),
  Exp: Math.exp,
  Log: Math.log,
  Ceil: Math.ceil,
  Floor: Math.floor,
  LogicalNot: (x) => (x === 0 ? 1 : 0),
};

const ARITHMETIC: Readonly<Record<string, ArithmeticName>> = {
  Add: 'add',
  AddV2: 'add',
  Sub: 'sub',
  Mul: 'mul',
  RealDiv: 'div',
  Div: 'div',
};

const BINARY: Readonly<Record<string, BinaryName>> = {
  FloorDiv: 'floorDiv',
  FloorMod: 'floorMod',
  Maximum: 'maximum',
  Minimum: 'minimum',
  SquaredDifference: 'squaredDifference',
  Pow: 'pow',
  Equal: 'equal',
  NotEqual: 'notEqual',
  Less: 'less',
  LessEqual: 'lessEqual',
  Greater: 'greater',
  GreaterEqual: 'greaterEqual',
  LogicalAnd: 'logicalAnd',
  LogicalOr: 'logicalOr',
};
const COMPARISONS = new Set<string>(['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual']);

const truth = (answer: boolean): number => (answer ? 1 : 0);
const BINARY_FOLDS: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  AddV2: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  RealDiv: (a, b) => a / b,
  Div: (a, b) => a / b,
  FloorDiv: (a, b) => Math.floor(a / b),
  FloorMod: (a, b) => a - b * Math.floor(a / b),
  Maximum: Math.max,
  Minimum: Math.min,
  SquaredDifference: (a, b) => fround(a - b) ** 2,
  Equal: (a, b) => truth(a === b),
  NotEqual: (a, b) => truth(a !== b),
  Less: (a, b) => truth(a < b),
  LessEqual: (a, b) => truth(a <= b),
  Greater: (a, b) => truth(a > b),
  GreaterEqual: (a, b) => truth(a >= b),
  LogicalAnd: (a, b) => truth(a !== 0 && b !== 0),
  LogicalOr: (a, b) => truth(a !== 0 || b !== 0),
};

function unary(name: string, op: UnaryName): NodeReader {
  return (context) => {
    const x = context.tensor(0);
    const fold = UNARY_FOLDS[name];
    if (x.kind === 'constant' && fold !== undefined) return [foldUnary(context, x, x.dtype, fold)];
    return [context.emit(op, {}, [x], x.shape)];
  };
}

/** Two constants are one; of a constant for each channel, the leading ones of its shape go. */
function binary(
  name: string,
  emit: (context: NodeContext, a: Tensorial, b: Tensorial, dtype: DType) => Tensorial,
): NodeReader {
  return (context) => {
    const [a, b] = [context.tensor(0), context.tensor(1)];
    if (a.dtype !== b.dtype)
      throw context.wrong('E-GRAPHDEF-TYPES', `joins ${a.dtype} and ${b.dtype}, expected one type`);
    const dtype = COMPARISONS.has(BINARY[name] ?? '') ? 'bool' : a.dtype;
    const fold = BINARY_FOLDS[name];
    if (a.kind === 'constant' && b.kind === 'constant' && fold !== undefined)
      return [foldBinary(context, [a, b], dtype, fold)];
    return [emit(context, a, b, dtype)];
  };
}

export function arithmetic(
  context: NodeContext,
  op: ArithmeticName,
  a: Tensorial,
  b: Tensorial,
  suffix = '',
): Tensorial {
  const shape = broadcastShape(context, a.shape, b.shape);
  const x = op === 'mul' ? geluOf(context, a, b) : null;
  if (x !== null) return context.emit('gelu', { approximate: false }, [x], x.shape);
  const commutes = (op === 'add' || op === 'mul') && a.kind === 'constant';
  const [left, right] = commutes ? [b, a] : [a, b];
  const second = right.kind === 'constant' ? withoutLeadingOnes(right, left.shape.length) : right;
  const rows = rowsOf(context, left, second);
  if (rows === null || op === 'sub' || op === 'div')
    return context.emit(op, NONE, [left, second], shape, left.dtype, suffix);
  const result = context.emit(op, NONE, [rows, second], rows.shape, left.dtype, suffix);
  return context.emit('reshape', { shape }, [result], shape, left.dtype, `${suffix}/shape`);
}

/** The rows of a dense layer that come out under another shape: what stands for each channel is better done to them. */
function rowsOf({ construction: { makers } }: NodeContext, x: Tensorial, channels: Tensorial): Flowing | null {
  const reshape = x.kind === 'flowing' ? makers.get(x.id) : undefined;
  const units = channels.shape[0];
  const fits = channels.kind === 'constant' && channels.shape.length === 1 && units === x.shape.at(-1);
  if (reshape?.op !== 'reshape' || !fits || reshape.x.shape.at(-1) !== units) return null;
  return makers.get(reshape.x.id)?.op === 'dense' || makers.get(reshape.x.id)?.op === 'add' ? reshape.x : null;
}

/** [1, 1, 1, C] says what [C] says, where the other operand has as many dimensions. */
function withoutLeadingOnes(value: Constant, rank: number): Constant {
  const first = value.shape.findIndex((size) => size !== 1);
  if (first <= 0 || value.shape.length > rank) return value;
  return constant(value.name, value.dtype, value.shape.slice(first), value.data);
}

const readers = <T>(table: Readonly<Record<string, T>>, reader: (name: string, op: T) => NodeReader): NodeReaders =>
  Object.fromEntries(Object.entries(table).map(([name, op]) => [name, reader(name, op)]));

const plain =
  (emit: (context: NodeContext, x: Tensorial) => Tensorial): NodeReader =>
  (context) => [emit(context, context.tensor(0))];

/** y = log(1 + exp(x)) as max(x, 0) + log(1 + exp(-|x|)), which does not overflow. */
function softplus(context: NodeContext, x: Tensorial): Tensorial {
  const node = (op: 'abs' | 'neg' | 'exp' | 'log' | 'relu', input: Tensorial): Tensorial =>
    context.emit(op, {}, [input], x.shape, 'float32', `/${op}`);
  const small = node('exp', node('neg', node('abs', x)));
  const tail = node('log', arithmetic(context, 'add', small, context.scalar('one', 1), '/add'));
  return arithmetic(context, 'add', node('relu', x), tail);
}

function clip(context: NodeContext): readonly Tensorial[] {
  const [x, least, most] = [context.tensor(0), context.tensor(1), context.tensor(2)];
  const raised = context.emit(
    'maximum',
    {},
    [x, least],
    broadcastShape(context, x.shape, least.shape),
    x.dtype,
    '/least',
  );
  return [context.emit('minimum', {}, [raised, most], broadcastShape(context, raised.shape, most.shape))];
}

function select(context: NodeContext): readonly Tensorial[] {
  const [condition, a, b] = [context.tensor(0), context.tensor(1), context.tensor(2)];
  const shape = broadcastShape(context, broadcastShape(context, condition.shape, a.shape), b.shape);
  if (context.node.op === 'Select' && condition.shape.length === 1 && a.shape.length > 1)
    throw context.unsupported('E-GRAPHDEF-SELECT', 'chooses whole rows, expected a condition for each element');
  return [context.emit('select', {}, [condition, a, b], shape, a.dtype)];
}

function cast(context: NodeContext): readonly Tensorial[] {
  const x = context.tensor(0);
  const dtype = context.dtype('DstT', 'float32');
  if (dtype === x.dtype) return [x];
  if (x.kind !== 'constant') return [context.emit('cast', {}, [x], x.shape, dtype)];
  const isWhole = dtype !== 'float32';
  return [
    foldUnary(context, x, dtype, (value) =>
      dtype === 'bool' ? truth(value !== 0) : isWhole ? Math.trunc(value) : value,
    ),
  ];
}

function softmaxOf(context: NodeContext, x: Tensorial): Tensorial {
  return context.emit('softmax', { beta: 1 }, [x], x.shape);
}

/** Operators that work on each element by itself, or on a row. */
export const elementwiseReaders: NodeReaders = {
  ...readers(UNARY, unary),
  ...readers(ARITHMETIC, (name, op) => binary(name, (context, a, b) => arithmetic(context, op, a, b))),
  ...readers(BINARY, (name, op) =>
    binary(name, (context, a, b, dtype) =>
      context.emit(op, {}, [a, b], broadcastShape(context, a.shape, b.shape), dtype),
    ),
  ),
  LeakyRelu: plain((context, x) => context.emit('leakyRelu', { alpha: context.number('alpha', 0.2) }, [x], x.shape)),
  Prelu: plain((context, x) => context.emit('prelu', {}, [x, context.tensor(1)], x.shape)),
  Reciprocal: plain((context, x) => arithmetic(context, 'div', context.scalar('one', 1), x)),
  Inv: plain((context, x) => arithmetic(context, 'div', context.scalar('one', 1), x)),
  Erf: plain(erf),
  Erfc: plain(erf),
  Softplus: plain(softplus),
  Softsign: plain((context, x) => {
    const size = context.emit('abs', {}, [x], x.shape, 'float32', '/abs');
    return arithmetic(context, 'div', x, arithmetic(context, 'add', size, context.scalar('one', 1), '/add'));
  }),
  Softmax: plain(softmaxOf),
  LogSoftmax: plain((context, x) => context.emit('logSoftmax', {}, [x], x.shape)),
  ClipByValue: clip,
  AddN: (context) => [context.emit('addN', {}, context.tensors(), context.tensor(0).shape)],
  Select: select,
  SelectV2: select,
  Cast: cast,
  ZerosLike: (context) => {
    const { shape, dtype } = context.tensor(0);
    context.spend(shape);
    return [
      foldUnary(
        context,
        constant(context.name, dtype, shape, new Uint8Array(shape.reduce((a, b) => a * b, 1))),
        dtype,
        () => 0,
      ),
    ];
  },
};

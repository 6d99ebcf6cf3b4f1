import type { ArithmeticName, BinaryName, NodeAttributes, OpName, Shape, UnaryName } from '@kiln/ir';
import { channelsLastOrder, permuted } from '../arrange.js';
import type { Value } from '../graph-builder.js';
import type { NodeContext, NodeReader, NodeReaders } from '../node-context.js';
import { broadcast } from './convolution.js';

const NONE = { activation: 'none' } as const;

export function unaryNode<K extends UnaryName>(context: NodeContext, op: K, x: Value, suffix = ''): Value {
  return context.emit(op, {} as NodeAttributes[K], [x], { shape: x.shape, layout: x.layout, suffix });
}

function unary(op: UnaryName): NodeReader {
  return (context) => unaryNode(context, op, context.input());
}

/** An operand under the rank and layout of the result. A constant loses leading sizes of 1, a scalar all. */
function operand(context: NodeContext, value: Value, rank: number, layout: Value['layout']): Value {
  const { builder } = context;
  if (layout === 'plain') return builder.plain(value);
  if (value.layout === 'channelsLast' && value.shape.length === rank) return value;
  const plain = builder.plain(value);
  const full = [...new Array<number>(rank - plain.shape.length).fill(1), ...plain.shape];
  if (builder.data(plain) === null) {
    const whole =
      full.length === plain.shape.length
        ? plain
        : context.emit('reshape', { shape: full }, [plain], { shape: full, suffix: '/rank' });
    return builder.channelsLast(whole);
  }
  const raised = builder.copy(plain.id, { shape: full });
  const moved = builder.channelsLast({ ...plain, id: raised, shape: full });
  const least = moveShape(full).findIndex((size) => size !== 1);
  const shape = least < 0 ? [] : moveShape(full).slice(least);
  const id = builder.copy(moved.id, { shape });
  return { ...moved, id };
}

const moveShape = (shape: Shape): Shape => permuted(shape, channelsLastOrder(shape.length));

/** f(a, b, ...) of operands that are broadcast as numpy does it. */
export function broadcastNode<K extends OpName>(
  context: NodeContext,
  op: K,
  attributes: NodeAttributes[K],
  operands: readonly Value[],
  { suffix = '', dtype }: { suffix?: string; dtype?: 'bool' } = {},
): Value {
  const shape = operands.map((value) => value.shape).reduce((a, b) => broadcast(context, a, b));
  const isLast = ({ layout, shape: own }: Value): boolean => layout === 'channelsLast' && own.length === shape.length;
  const layout = shape.length > 1 && operands.some(isLast) ? 'channelsLast' : 'plain';
  const used = operands.map((value) => operand(context, value, shape.length, layout));
  return context.emit(op, attributes, used, { shape, layout, suffix, ...(dtype === undefined ? {} : { dtype }) });
}

export function arithmeticNode(context: NodeContext, op: ArithmeticName, a: Value, b: Value, suffix = ''): Value {
  return broadcastNode(context, op, NONE, [a, b], { suffix });
}

const scalar = (context: NodeContext, suffix: string, value: number): Value => context.floats(suffix, [], [value]);

function arithmetic(op: ArithmeticName): NodeReader {
  return (context) => {
    const [a, b] = [context.input(0), context.input(1)];
    // Kiln subtracts and divides two operands as they are; a constant comes second where the order is free.
    const swap = (op === 'add' || op === 'mul') && context.builder.data(a) !== null;
    return swap ? arithmeticNode(context, op, b, a) : arithmeticNode(context, op, a, b);
  };
}

function comparison(op: BinaryName): NodeReader {
  return (context) =>
    broadcastNode(context, op, {} as NodeAttributes[typeof op], [context.input(0), context.input(1)], {
      dtype: 'bool',
    });
}

/** The first two, that and the third, and so on. */
function chain(op: 'maximum' | 'minimum' | 'add'): NodeReader {
  return (context) => {
    const [first, ...others] = context.inputs();
    if (first === undefined) throw context.wrong('E-ONNX-INPUT', 'has no inputs');
    return others.reduce((a, b, i) => {
      const suffix = i === others.length - 1 ? '' : `/${i + 1}`;
      return op === 'add'
        ? arithmeticNode(context, op, a, b, suffix)
        : broadcastNode(context, op, {}, [a, b], { suffix });
    }, first);
  };
}

/** Bounds that an activation of Kiln has. */
const CLAMPS: readonly (readonly [least: number, most: number, op: UnaryName])[] = [
  [0, 6, 'relu6'],
  [-1, 1, 'reluN1To1'],
  [0, 1, 'relu0To1'],
  [0, Infinity, 'relu'],
];

/** Before version 11 the bounds were attributes. */
function readClip(context: NodeContext): Value {
  const x = context.input();
  const bound = (i: number, name: string, fallback: number): number => {
    if (context.opset < 11) return context.float(name, fallback);
    return context.has(i) ? context.scalar(i) : fallback;
  };
  const given = [bound(1, 'min', -Infinity), bound(2, 'max', Infinity)] as const;
  const [least, most] = given.map((value) => (Math.abs(value) > 3.4e38 ? Math.sign(value) * Infinity : value)) as [
    number,
    number,
  ];
  const known = CLAMPS.find(([low, high]) => low === least && high === most);
  if (known !== undefined && context.dtype(x) !== 'int32' && context.dtype(x) !== 'int64')
    return unaryNode(context, known[2], x);
  const raised =
    least === -Infinity
      ? x
      : broadcastNode(context, 'maximum', {}, [x, scalar(context, '/min', least)], { suffix: '/min' });
  return most === Infinity
    ? raised
    : broadcastNode(context, 'minimum', {}, [raised, scalar(context, '/max', most)], { suffix: '/max' });
}

/** max(0, min(1, alpha * x + beta)) */
function readHardSigmoid(context: NodeContext): Value {
  const [alpha, beta] = [context.float('alpha', 0.2), context.float('beta', 0.5)];
  const scaled = arithmeticNode(context, 'mul', context.input(), scalar(context, '/alpha', alpha), '/scaled');
  const shifted = arithmeticNode(context, 'add', scaled, scalar(context, '/beta', beta), '/shifted');
  return unaryNode(context, 'relu0To1', shifted);
}

/** gamma * (relu(x) + alpha * (elu(x) - relu(x))) */
function exponentialUnit(alphaOf: number, gammaOf: number): NodeReader {
  return (context) => {
    const [alpha, gamma] = [context.float('alpha', alphaOf), gammaOf === 1 ? 1 : context.float('gamma', gammaOf)];
    const x = context.input();
    if (alpha === 1 && gamma === 1) return unaryNode(context, 'elu', x);
    const [positive, both] = [unaryNode(context, 'relu', x, '/relu'), unaryNode(context, 'elu', x, '/elu')];
    const negative = arithmeticNode(context, 'sub', both, positive, '/negative');
    const scaled = arithmeticNode(context, 'mul', negative, scalar(context, '/alpha', alpha), '/scaled');
    const sum = arithmeticNode(context, 'add', positive, scaled, gamma === 1 ? '' : '/sum');
    return gamma === 1 ? sum : arithmeticNode(context, 'mul', sum, scalar(context, '/gamma', gamma));
  };
}

const softplus = (context: NodeContext, x: Value, suffix: string): Value => {
  const sum = arithmeticNode(context, 'add', unaryNode(context, 'exp', x, '/exp'), scalar(context, '/one', 1), '/sum');
  return unaryNode(context, 'log', sum, suffix);
};

function readPow(context: NodeContext): Value {
  const [x, power] = [context.input(0), context.input(1)];
  const value = context.builder.data(power)?.length === 1 ? context.scalar(1) : NaN;
  if (value === 2 && context.dtype(x) === 'float32') return unaryNode(context, 'square', x);
  if (value === 0.5) return unaryNode(context, 'sqrt', x);
  if (value === 1) return x;
  const exponent = Number.isNaN(value) ? power : scalar(context, '/exponent', value);
  return broadcastNode(context, 'pow', {}, [x, exponent]);
}

/** The type by its number as Kiln has it; floats of other sizes are float32. */
function readCast(context: NodeContext): Value {
  const x = context.builder.float(context.input());
  const dtype = context.castTo();
  if (context.dtype(x) === dtype) return x;
  return context.emit('cast', {}, [x], { shape: x.shape, layout: x.layout, dtype });
}

/** Operators that work on each element by itself. */
export const elementwiseReaders: NodeReaders = {
  Relu: unary('relu'),
  Sigmoid: unary('logistic'),
  Tanh: unary('tanh'),
  Abs: unary('abs'),
  Neg: unary('neg'),
  Sqrt: unary('sqrt'),
  Exp: unary('exp'),
  Log: unary('log'),
  Sin: unary('sin'),
  Cos: unary('cos'),
  Ceil: unary('ceil'),
  Floor: unary('floor'),
  Round: unary('round'),
  Sign: unary('sign'),
  Not: unary('logicalNot'),
  HardSwish: unary('hardSwish'),
  Elu: exponentialUnit(1, 1),
  Selu: exponentialUnit(1.67326319217681884765625, 1.05070102214813232421875),
  Clip: readClip,
  HardSigmoid: readHardSigmoid,
  LeakyRelu: (context) => {
    const x = context.input();
    return context.emit('leakyRelu', { alpha: context.float('alpha', 0.01) }, [x], {
      shape: x.shape,
      layout: x.layout,
    });
  },
  PRelu: (context) => broadcastNode(context, 'prelu', {}, [context.input(0), context.input(1)]),
  Gelu: (context) => {
    const x = context.input();
    const approximate = context.text('approximate', 'none') === 'tanh';
    return context.emit('gelu', { approximate }, [x], { shape: x.shape, layout: x.layout });
  },
  Reciprocal: (context) => arithmeticNode(context, 'div', scalar(context, '/one', 1), context.input()),
  Softplus: (context) => softplus(context, context.input(), ''),
  Softsign: (context) => {
    const x = context.input();
    const below = arithmeticNode(
      context,
      'add',
      unaryNode(context, 'abs', x, '/abs'),
      scalar(context, '/one', 1),
      '/sum',
    );
    return arithmeticNode(context, 'div', x, below);
  },
  Mish: (context) => {
    const x = context.input();
    return arithmeticNode(context, 'mul', x, unaryNode(context, 'tanh', softplus(context, x, '/softplus'), '/tanh'));
  },
  Add: arithmetic('add'),
  Sub: arithmetic('sub'),
  Mul: arithmetic('mul'),
  Div: (context) => {
    const { real } = context.input(0);
    const dtype = context.dtype(context.input(0));
    // Quotients of integers are cut off towards zero, as in Kiln.
    if (!real && dtype !== 'float32' && dtype !== 'int32')
      throw context.unsupported('E-ONNX-TYPE', `divides ${dtype}, expected float32 or int32`);
    return arithmetic('div')(context);
  },
  Sum: chain('add'),
  Max: chain('maximum'),
  Min: chain('minimum'),
  Pow: readPow,
  Mod: (context) => {
    if (context.int('fmod', 0) !== 0) throw context.unsupported('E-ONNX-OPTION', 'has fmod, expected 0');
    return broadcastNode(context, 'floorMod', {}, [context.input(0), context.input(1)]);
  },
  Equal: comparison('equal'),
  Less: comparison('less'),
  LessOrEqual: comparison('lessEqual'),
  Greater: comparison('greater'),
  GreaterOrEqual: comparison('greaterEqual'),
  And: comparison('logicalAnd'),
  Or: comparison('logicalOr'),
  Where: (context) => {
    const [condition, ...branches] = [0, 1, 2].map((i) => context.builder.plain(context.input(i)));
    const values = branches.map((value) => context.builder.float(value));
    const shape = [condition!, ...values].map((value) => value.shape).reduce((a, b) => broadcast(context, a, b));
    const result = { shape, dtype: context.dtype(values[0]!), quantization: null, real: false };
    return context.add('select', {}, [condition!, ...values], result);
  },
  Cast: readCast,
};

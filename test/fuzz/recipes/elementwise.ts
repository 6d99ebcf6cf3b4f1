import { type DType, type OpName, perTensor, type Tensor } from '@kiln/ir';
import { DTYPES, type ElementType, plainType } from '../../conformance/bench.js';
import type { GrowingGraph } from '../growing-graph.js';
import { ACTIVATIONS, isWeighted, type Recipe, typeOf } from './recipe.js';

/** Results that always have the same scale. */
const FIXED: Readonly<Partial<Record<OpName, Readonly<Partial<Record<DType, ElementType>>>>>> = {
  softmax: {
    int8: { dtype: 'int8', quantization: perTensor(1 / 256, -128) },
    int16: { dtype: 'int16', quantization: perTensor(1 / 32768, 0) },
  },
  logistic: {
    int8: { dtype: 'int8', quantization: perTensor(1 / 256, -128) },
    int16: { dtype: 'int16', quantization: perTensor(1 / 32768, 0) },
  },
  tanh: {
    int8: { dtype: 'int8', quantization: perTensor(1 / 128, 0) },
    int16: { dtype: 'int16', quantization: perTensor(1 / 32768, 0) },
  },
  logSoftmax: { int8: { dtype: 'int8', quantization: perTensor(16 / 256, 127) } },
  l2Normalization: { int8: { dtype: 'int8', quantization: perTensor(1 / 128, 0) } },
};

/** Operators of one input without a constant: the result has the input's type, another scale, or the fixed one. */
function unary<K extends OpName>(op: K, attributes: (g: GrowingGraph) => Parameters<GrowingGraph['node']>[1]): Recipe {
  return (g) => {
    const x = g.find(({ dtype }) => (op === 'logicalNot') === (dtype === 'bool'));
    if (x === undefined) return false;
    const given = attributes(g) as never;
    const choices = [FIXED[op]?.[x.dtype], g.type(x.dtype), typeOf(x)];
    return choices.some((type) => type !== undefined && g.node(op, given, [x], [type]));
  };
}

const UNARY = [
  'relu',
  'relu6',
  'reluN1To1',
  'relu0To1',
  'elu',
  'hardSwish',
  'logistic',
  'tanh',
  'abs',
  'neg',
  'square',
  'sqrt',
  'rsqrt',
  'exp',
  'log',
  'sin',
  'cos',
  'ceil',
  'floor',
  'round',
  'sign',
  'logicalNot',
  'logSoftmax',
  'l2Normalization',
  'copy',
] as const satisfies readonly OpName[];

/** A second operand: another tensor of the type, one that broadcasts, or a constant. */
function operand(g: GrowingGraph, a: Tensor): Tensor {
  const other = g.find(
    ({ dtype, shape }) => dtype === a.dtype && (shape.length === 0 || shape.join() === a.shape.join()),
  );
  if (other !== undefined && g.chance(0.6)) return other;
  const shape = a.shape.slice(g.int(0, a.shape.length)).map((size) => (g.chance(0.4) ? 1 : size));
  return g.constant(shape, g.chance(0.5) ? typeOf(a) : g.type(a.dtype));
}

function binary<K extends OpName>(op: K, attributes: (g: GrowingGraph) => Parameters<GrowingGraph['node']>[1]): Recipe {
  const isLogical = op === 'logicalAnd' || op === 'logicalOr';
  const compares = ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'].includes(op);
  return (g) => {
    const a = g.find(({ dtype }) => (isLogical ? dtype === 'bool' : compares || dtype !== 'bool'));
    if (a === undefined) return false;
    const b = operand(g, a);
    const inputs = g.chance(0.8) ? [a, b] : [b, a];
    const given = attributes(g) as never;
    const types = compares ? [plainType('bool')] : [g.type(a.dtype), typeOf(a)];
    if (types.some((type) => g.node(op, given, inputs, [type]))) return true;
    // Some want one scale three times.
    return g.node(op, given, [a, g.constant(a.shape, typeOf(a))], [typeOf(a)]);
  };
}

const select: Recipe = (g) => {
  const a = g.find(({ dtype }) => dtype !== 'bool');
  if (a === undefined) return false;
  const fits = ({ dtype, shape }: Tensor): boolean => dtype === 'bool' && shape.join() === a.shape.join();
  const condition = g.find(fits) ?? g.input(a.shape, plainType('bool'));
  return g.node('select', {}, [condition, a, g.constant([], typeOf(a))], [typeOf(a)]);
};

const addN: Recipe = (g) => {
  const a = g.find(isWeighted);
  if (a === undefined) return false;
  const b = g.find(({ dtype, shape }) => dtype === a.dtype && shape.join() === a.shape.join());
  return g.node('addN', {}, [a, b, a], [g.type(a.dtype)]);
};

const prelu: Recipe = (g) => {
  const x = g.find(isWeighted);
  if (x === undefined) return false;
  return g.node('prelu', {}, [x, g.constant(x.shape.slice(-1), g.type(x.dtype))], [g.type(x.dtype)]);
};

const cast: Recipe = (g) => {
  const x = g.find(() => true);
  return g.node('cast', {}, [x], [g.type(g.pick(DTYPES))]);
};

const quantize: Recipe = (g) =>
  g.node(
    'quantize',
    {},
    [g.find(({ dtype }) => dtype !== 'bool')],
    [g.type(g.pick(['int8', 'int16', 'uint8'] as const))],
  );
const dequantize: Recipe = (g) =>
  g.node('dequantize', {}, [g.find(({ quantization }) => quantization !== null)], [plainType('float32')]);

const activation = (g: GrowingGraph) => ({ activation: g.pick(ACTIVATIONS) });
const none = () => ({});

export const elementwiseRecipes: readonly Recipe[] = [
  ...UNARY.map((op) => unary(op, none)),
  unary('leakyRelu', (g) => ({ alpha: g.pick([0.1, 0.25, 1.5].map(Math.fround)) })),
  unary('gelu', (g) => ({ approximate: g.chance(0.5) })),
  unary('softmax', (g) => ({ beta: g.pick([1, 1, 0.5]) })),
  ...(['add', 'sub', 'mul', 'div'] as const).map((op) => binary(op, activation)),
  ...(
    [
      'floorDiv',
      'floorMod',
      'maximum',
      'minimum',
      'squaredDifference',
      'pow',
      'equal',
      'notEqual',
      'less',
      'lessEqual',
      'greater',
      'greaterEqual',
      'logicalAnd',
      'logicalOr',
    ] as const
  ).map((op) => binary(op, none)),
  select,
  addN,
  prelu,
  cast,
  quantize,
  dequantize,
];

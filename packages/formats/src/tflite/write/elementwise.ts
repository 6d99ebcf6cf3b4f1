import type { ArithmeticName, BinaryName, OpName, TensorType, UnaryName } from '@kiln/ir';
import { arePlainBytes } from '../plain-bytes.js';
import { activationNumber, type NodeContext, type NodeWriter, type NodeWriters } from './node-context.js';
import { typeNumber } from './model-writer.js';
import type { ElementwiseName } from './operator-names.js';
import type { SubgraphWriter } from './subgraph-writer.js';
import type { BuiltinName } from './versions.js';

/** The operator's inputs and results are the node's, and there is nothing to say beside them. */
function plain<K extends OpName>(name: BuiltinName): NodeWriter<K> {
  return (context) => context.emit(name, context.readAll());
}

/** 16-bit sums have scales of any size in Kiln, not powers of two alone: `potScaleInt16` is false, as the converter has it. */
function sum<K extends 'add' | 'sub'>(name: BuiltinName, member: 'AddOptions' | 'SubOptions'): NodeWriter<K> {
  return (context) => {
    const fusedActivationFunction = activationNumber(context.node.attributes.activation);
    const is16 = context.inputs[0]!.dtype === 'int16';
    const options = { fusedActivationFunction, ...(is16 ? { potScaleInt16: false } : {}) };
    context.emit(name, context.readAll(), [member, options]);
  };
}

function product<K extends ArithmeticName>(name: BuiltinName, member: 'MulOptions' | 'DivOptions'): NodeWriter<K> {
  return (context) => {
    const fusedActivationFunction = activationNumber(context.node.attributes.activation);
    context.emit(name, context.readAll(), [member, { fusedActivationFunction }]);
  };
}

/**
 * TensorFlow Lite Micro casts no bytes: those that stand for themselves become floats by DEQUANTIZE with the scale 1. The reader knows
 * this form.
 */
function writeCast(writer: SubgraphWriter, x: number, y: number): void {
  const [from, to] = [writer.typeOf(x), writer.typeOf(y)];
  if (to.dtype === 'float32' && arePlainBytes(from)) {
    writer.operator('DEQUANTIZE', [x], [y]);
    return;
  }
  const options = { inDataType: typeNumber(from.dtype), outDataType: typeNumber(to.dtype) };
  writer.operator('CAST', [x], [y], ['CastOptions', options]);
}

/**
 * y = (x - mean) * inverseDeviation in float32: bytes as floats, SUB, MUL. Of integers it has no operator: what is to be written is
 * spelled out before.
 */
function writeStandardize(context: NodeContext<'standardize'>): void {
  const { name, inputs, outputs, writer } = context;
  if (outputs[0]!.dtype !== 'float32')
    throw context.unsupported(
      'E-TFLITE-STANDARDIZE',
      `gives ${outputs[0]!.dtype}, expected float32`,
      'Export with --quantize float32',
    );
  const type: TensorType = { shape: outputs[0]!.shape, dtype: 'float32', quantization: null };
  const between = (suffix: string): number => writer.add(`${name}/${suffix}`, { ...type, data: null });
  let x = context.read(0);
  if (inputs[0]!.dtype !== 'float32') {
    const numbers = between('numbers');
    writeCast(writer, x, numbers);
    x = numbers;
  }
  const centred = between('centred');
  writer.operator('SUB', [x, context.read(1)], [centred], ['SubOptions', {}]);
  writer.operator('MUL', [centred, context.read(2)], [context.result()], ['MulOptions', {}]);
}

const UNARY_WRITERS: NodeWriters<UnaryName> = {
  relu: plain('RELU'),
  relu6: plain('RELU6'),
  reluN1To1: plain('RELU_N1_TO_1'),
  relu0To1: plain('RELU_0_TO_1'),
  elu: plain('ELU'),
  hardSwish: plain('HARD_SWISH'),
  logistic: plain('LOGISTIC'),
  tanh: plain('TANH'),
  abs: plain('ABS'),
  neg: plain('NEG'),
  square: plain('SQUARE'),
  sqrt: plain('SQRT'),
  rsqrt: plain('RSQRT'),
  exp: plain('EXP'),
  log: plain('LOG'),
  sin: plain('SIN'),
  cos: plain('COS'),
  ceil: plain('CEIL'),
  floor: plain('FLOOR'),
  round: plain('ROUND'),
  sign: plain('SIGN'),
  logicalNot: plain('LOGICAL_NOT'),
};

const BINARY_WRITERS: NodeWriters<BinaryName> = {
  floorDiv: plain('FLOOR_DIV'),
  floorMod: plain('FLOOR_MOD'),
  maximum: plain('MAXIMUM'),
  minimum: plain('MINIMUM'),
  squaredDifference: plain('SQUARED_DIFFERENCE'),
  pow: plain('POW'),
  equal: plain('EQUAL'),
  notEqual: plain('NOT_EQUAL'),
  less: plain('LESS'),
  lessEqual: plain('LESS_EQUAL'),
  greater: plain('GREATER'),
  greaterEqual: plain('GREATER_EQUAL'),
  logicalAnd: plain('LOGICAL_AND'),
  logicalOr: plain('LOGICAL_OR'),
};

/** Operators that work on each element by itself, or on a row. */
export const ELEMENTWISE_WRITERS: NodeWriters<ElementwiseName> = {
  ...UNARY_WRITERS,
  ...BINARY_WRITERS,
  add: sum('ADD', 'AddOptions'),
  sub: sum('SUB', 'SubOptions'),
  mul: product('MUL', 'MulOptions'),
  div: product('DIV', 'DivOptions'),
  leakyRelu: (context) =>
    context.emit('LEAKY_RELU', context.readAll(), ['LeakyReluOptions', { alpha: context.node.attributes.alpha }]),
  gelu: (context) =>
    context.emit('GELU', context.readAll(), ['GeluOptions', { approximate: context.node.attributes.approximate }]),
  prelu: plain('PRELU'),
  addN: plain('ADD_N'),
  select: plain('SELECT_V2'),
  cast: (context) => writeCast(context.writer, context.read(0), context.result()),
  standardize: writeStandardize,
  quantize: plain('QUANTIZE'),
  dequantize: plain('DEQUANTIZE'),
  softmax: (context) =>
    context.emit('SOFTMAX', context.readAll(), ['SoftmaxOptions', { beta: context.node.attributes.beta }]),
  logSoftmax: plain('LOG_SOFTMAX'),
  l2Normalization: (context) => context.emit('L2_NORMALIZATION', context.readAll(), ['L2NormOptions', {}]),
};

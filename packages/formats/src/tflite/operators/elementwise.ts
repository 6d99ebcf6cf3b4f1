import { type ArithmeticName, type BinaryName, elementCount, type UnaryName } from '@kiln/ir';
import type { OperatorContext, OperatorReader, OperatorReaders } from '../operator-context.js';
import { realValues } from '../real-values.js';
import type { TableName } from '../schema/read-table.js';

function unary(op: UnaryName): OperatorReader {
  return (context) => context.emit(op, {}, [context.input(0)]);
}

function binary(op: BinaryName): OperatorReader {
  return (context) => context.emit(op, {}, [context.input(0), context.input(1)]);
}

function arithmetic(
  op: ArithmeticName,
  table: TableName & ('AddOptions' | 'SubOptions' | 'MulOptions' | 'DivOptions'),
): OperatorReader {
  return (context) => {
    const { fusedActivationFunction } = context.options(table);
    const inputs = [context.input(0), context.input(1)];
    context.emit(op, { activation: context.activation(fusedActivationFunction) }, inputs);
  };
}

/** In the first version a condition of one dimension chooses whole rows. */
function readSelect(context: OperatorContext): void {
  const [condition, a] = [context.tensor(0), context.tensor(1)];
  const byRow = condition.shape.length === 1 && a.shape.length > 1;
  const shape = [...condition.shape, ...a.shape.slice(1).map(() => 1)];
  const chosen = byRow ? context.reshaped(context.input(0), condition, shape, '/rows') : context.input(0);
  context.emit('select', {}, [chosen, context.input(1), context.input(2)]);
}

/**
 * Of a constant in 16 bits nothing is left to do: it was widened when it was read. A constant with a scale for each channel
 * becomes the reals that it stands for. Bytes that stand for themselves need no scale.
 */
function readDequantize(context: OperatorContext): void {
  const x = context.tensor(0);
  if (x.dtype === 'float32') context.outputIs(0, context.input(0));
  else if (x.data !== null && (x.quantization?.scale.length ?? 0) > 1)
    context.outputIs(0, context.add('', { shape: x.shape, dtype: 'float32', data: realValues(x) }));
  else if (x.dtype === 'uint8' && x.quantization === null) context.emit('cast', {}, [context.input(0)]);
  else context.emit('dequantize', {}, [context.input(0)]);
}

/** Of integers the bits are zero, whatever stands for zero: so TensorFlow Lite and TensorFlow Lite Micro do it. */
function readZerosLike(context: OperatorContext): void {
  const { shape, dtype, quantization } = context.result();
  const count = elementCount(shape);
  const data = {
    float32: () => new Float32Array(count),
    int8: () => new Int8Array(count),
    uint8: () => new Uint8Array(count),
    int16: () => new Int16Array(count),
    int32: () => new Int32Array(count),
    int64: () => new BigInt64Array(count),
    bool: () => new Uint8Array(count),
  }[dtype ?? 'float32']();
  context.outputIs(0, context.add('', { shape, dtype: context.dtypeOf(context.result()), quantization, data }));
}

/** Operators that work on each element by itself, or on a row. */
export const elementwiseReaders: OperatorReaders = {
  ADD: arithmetic('add', 'AddOptions'),
  SUB: arithmetic('sub', 'SubOptions'),
  MUL: arithmetic('mul', 'MulOptions'),
  DIV: arithmetic('div', 'DivOptions'),
  ADD_N: (context) => context.emit('addN', {}, context.allInputs()),
  FLOOR_DIV: binary('floorDiv'),
  FLOOR_MOD: binary('floorMod'),
  MAXIMUM: binary('maximum'),
  MINIMUM: binary('minimum'),
  SQUARED_DIFFERENCE: binary('squaredDifference'),
  POW: binary('pow'),
  EQUAL: binary('equal'),
  NOT_EQUAL: binary('notEqual'),
  LESS: binary('less'),
  LESS_EQUAL: binary('lessEqual'),
  GREATER: binary('greater'),
  GREATER_EQUAL: binary('greaterEqual'),
  LOGICAL_AND: binary('logicalAnd'),
  LOGICAL_OR: binary('logicalOr'),
  LOGICAL_NOT: unary('logicalNot'),
  ABS: unary('abs'),
  NEG: unary('neg'),
  SQUARE: unary('square'),
  SQRT: unary('sqrt'),
  RSQRT: unary('rsqrt'),
  EXP: unary('exp'),
  LOG: unary('log'),
  SIN: unary('sin'),
  COS: unary('cos'),
  CEIL: unary('ceil'),
  FLOOR: unary('floor'),
  ROUND: unary('round'),
  SIGN: unary('sign'),
  RELU: unary('relu'),
  RELU6: unary('relu6'),
  RELU_N1_TO_1: unary('reluN1To1'),
  RELU_0_TO_1: unary('relu0To1'),
  ELU: unary('elu'),
  HARD_SWISH: unary('hardSwish'),
  LOGISTIC: unary('logistic'),
  TANH: unary('tanh'),
  LEAKY_RELU: (context) =>
    context.emit('leakyRelu', { alpha: context.options('LeakyReluOptions').alpha }, [context.input(0)]),
  GELU: (context) =>
    context.emit('gelu', { approximate: context.options('GeluOptions').approximate }, [context.input(0)]),
  PRELU: (context) => context.emit('prelu', {}, [context.input(0), context.input(1)]),
  SELECT: readSelect,
  SELECT_V2: (context) => context.emit('select', {}, [context.input(0), context.input(1), context.input(2)]),
  CAST: (context) => context.emit('cast', {}, [context.input(0)]),
  QUANTIZE: (context) => context.emit('quantize', {}, [context.input(0)]),
  DEQUANTIZE: readDequantize,
  SOFTMAX: (context) => context.emit('softmax', { beta: context.options('SoftmaxOptions').beta }, [context.input(0)]),
  LOG_SOFTMAX: (context) => context.emit('logSoftmax', {}, [context.input(0)]),
  L2_NORMALIZATION: (context) => {
    const activation = context.activation(context.options('L2NormOptions').fusedActivationFunction);
    if (activation !== 'none')
      throw context.unsupported('E-TFLITE-ACTIVATION', `has the fused activation ${activation}`);
    context.emit('l2Normalization', {}, [context.input(0)]);
  },
  ZEROS_LIKE: readZerosLike,
};

import { type DType, type OpName, perTensor, type QuantizationParams } from '@kiln/ir';

/** Integers that a value is to be in. */
export interface Grid {
  readonly dtype: DType;
  readonly quantization: QuantizationParams;
}

/** Operators that compute integers of one scale into integers of another. */
const OWN_SCALE: ReadonlySet<OpName> = new Set<OpName>([
  'conv2d',
  'depthwiseConv2d',
  'transposeConv2d',
  'dense',
  'batchMatMul',
  'add',
  'sub',
  'mul',
  'div',
  'relu',
  'relu6',
  'reluN1To1',
  'relu0To1',
  'elu',
  'gelu',
  'hardSwish',
  'leakyRelu',
  'prelu',
  'mean',
]);

/** Those that Kiln has for 8 bits alone. */
const EIGHT_BITS: ReadonlySet<OpName> = new Set<OpName>(['div', 'reluN1To1', 'relu0To1', 'elu', 'gelu', 'hardSwish']);

/** Operators that move integers or compare them: all operands and the result have one scale. */
const SHARED_SCALE: ReadonlySet<OpName> = new Set<OpName>([
  'reshape',
  'transpose',
  'concatenation',
  'split',
  'slice',
  'gather',
  'pad',
  'mirrorPad',
  'tile',
  'broadcastTo',
  'spaceToDepth',
  'depthToSpace',
  'resizeBilinear',
  'resizeNearest',
  'maxPool2d',
  'averagePool2d',
  'maximum',
  'minimum',
  'reduceMax',
  'reduceMin',
]);

/** Results whose scale the operator gives. Source: TensorFlow Lite 8-bit quantization specification. */
const FIXED_SCALE: Readonly<Partial<Record<OpName, Readonly<Partial<Record<DType, QuantizationParams>>>>>> = {
  softmax: { int8: perTensor(1 / 256, -128), int16: perTensor(1 / 32768, 0) },
  logistic: { int8: perTensor(1 / 256, -128), int16: perTensor(1 / 32768, 0) },
  tanh: { int8: perTensor(1 / 128, 0), int16: perTensor(1 / 32768, 0) },
  logSoftmax: { int8: perTensor(1 / 16, 127) },
  l2Normalization: { int8: perTensor(1 / 128, 0) },
};

/** What softmax makes of 8 bits where it is asked for 16. Source: TensorFlow Lite Micro, softmax_common.cc. */
export const WIDE_PROBABILITIES: Grid = { dtype: 'int16', quantization: perTensor(1 / 65536, -32768) };

export type IntegerRule = 'own' | 'shared' | 'float' | QuantizationParams;

/** How an operator works on integers of the type; 'float' where it does not. */
export function integerRule(op: OpName, dtype: DType): IntegerRule {
  const fixed = FIXED_SCALE[op]?.[dtype];
  if (fixed !== undefined) return fixed;
  if (SHARED_SCALE.has(op)) return 'shared';
  return OWN_SCALE.has(op) && (dtype === 'int8' || !EIGHT_BITS.has(op)) ? 'own' : 'float';
}

/** Operators that only cut off values beyond a bound: on their operand's own scale they are exact. */
export function onlyClamps(op: OpName): boolean {
  return op === 'relu' || op === 'relu6' || op === 'reluN1To1' || op === 'relu0To1';
}

import type { ArithmeticName, BinaryName, OpName, UnaryName } from '@kiln/ir';

/** Which operators are written by which file of this folder. */
export type ConvolutionName = 'conv2d' | 'depthwiseConv2d' | 'transposeConv2d' | 'dense' | 'batchMatMul';
export type MemoryName = 'svdf' | 'unidirectionalSequenceLstm' | 'circularBuffer' | 'if' | 'while';
export type ReductionName =
  | 'maxPool2d'
  | 'averagePool2d'
  | 'l2Pool2d'
  | 'mean'
  | 'sum'
  | 'reduceMax'
  | 'reduceMin'
  | 'reduceProd'
  | 'reduceAll'
  | 'reduceAny'
  | 'argMax'
  | 'argMin'
  | 'cumSum';
export type ElementwiseName =
  | UnaryName
  | BinaryName
  | ArithmeticName
  | 'leakyRelu'
  | 'gelu'
  | 'prelu'
  | 'addN'
  | 'select'
  | 'cast'
  | 'standardize'
  | 'quantize'
  | 'dequantize'
  | 'softmax'
  | 'logSoftmax'
  | 'l2Normalization';
export type MovementName = Exclude<OpName, ConvolutionName | MemoryName | ReductionName | ElementwiseName>;

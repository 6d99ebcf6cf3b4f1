import { CompileError, type TensorId } from '@kiln/ir';
import type { OperatorContext, OperatorReaders } from '../operator-context.js';
import { WEIGHTS_FORMATS } from '../schema/enums.js';

/** Convolutions and products of matrices. */
export const convolutionReaders: OperatorReaders = {
  CONV_2D: (context) => {
    const options = context.options('Conv2DOptions');
    const weights = context.tensor(1);
    const [strides, dilations] = [
      [options.strideH, options.strideW],
      [options.dilationHFactor, options.dilationWFactor],
    ] as const;
    context.positive('strides and dilations', ...strides, ...dilations);
    const bias = context.bias(2, weights.shape[0] ?? 0, context.tensor(0), weights);
    const activation = context.activation(options.fusedActivationFunction);
    const padding = context.padding(options.padding);
    context.emit('conv2d', { strides, dilations, padding, activation }, [
      context.input(0),
      context.weights(1, context.tensor(0)),
      bias,
    ]);
  },
  DEPTHWISE_CONV_2D: (context) => {
    const options = context.options('DepthwiseConv2DOptions');
    const weights = context.tensor(1);
    const [strides, dilations] = [
      [options.strideH, options.strideW],
      [options.dilationHFactor, options.dilationWFactor],
    ] as const;
    context.positive('strides and dilations', ...strides, ...dilations);
    const bias = context.bias(2, weights.shape[3] ?? 0, context.tensor(0), weights);
    const activation = context.activation(options.fusedActivationFunction);
    const padding = context.padding(options.padding);
    const inputs = [context.input(0), context.weights(1, context.tensor(0)), bias];
    context.emit('depthwiseConv2d', { strides, dilations, padding, activation }, inputs);
  },
  TRANSPOSE_CONV: (context) => {
    const options = context.options('TransposeConvOptions');
    const weights = context.tensor(1);
    const x = context.tensor(2);
    const [, height = 0, width = 0] = context.integers(0);
    const strides = [options.strideH, options.strideW] as const;
    context.positive('strides and size', ...strides, height, width);
    const bias = context.bias(3, weights.shape[0] ?? 0, x, weights);
    const activation = context.activation(options.fusedActivationFunction);
    const padding = context.padding(options.padding);
    const inputs = [context.input(2), context.weights(1, x), bias];
    context.emit('transposeConv2d', { size: [height, width], strides, padding, activation }, inputs);
  },
  FULLY_CONNECTED: readFullyConnected,
  BATCH_MATMUL: (context) => {
    const { adjX, adjY } = context.options('BatchMatMulOptions');
    context.emit('batchMatMul', { transposeA: adjX, transposeB: adjY }, [
      context.input(0),
      context.weights(1, context.tensor(0)),
    ]);
  },
};

/** x of any shape is rows of as many features as the weights have; a result of another shape is those rows under it. */
function readFullyConnected(context: OperatorContext): void {
  const options = context.options('FullyConnectedOptions');
  const format = WEIGHTS_FORMATS[options.weightsFormat];
  if (format !== 'DEFAULT') throw context.unsupported('E-TFLITE-WEIGHTS', `has weights in the format ${format}`);
  const [x, weights, y] = [context.tensor(0), context.tensor(1), context.result()];
  const [units = 0, features = 0] = weights.shape;
  const count = x.shape.reduce((product, size) => product * size, 1);
  if (weights.shape.length !== 2 || features === 0 || count % features !== 0) {
    const message = `has ${count} elements to multiply with weights of [${weights.shape.join(', ')}], expected [units, features]`;
    throw new CompileError('E-TFLITE-FEATURES', context.where, message, 'Convert the model again');
  }
  const rows = [count / features, features];
  const isFlat = x.shape.length === 2 && x.shape[1] === features;
  const input = isFlat ? context.input(0) : context.reshaped(context.input(0), x, rows, '/rows');
  const bias = context.bias(2, units, x, weights);
  const attributes = { activation: context.activation(options.fusedActivationFunction) };
  const inputs: TensorId[] = [input, context.weights(1, x), bias];
  const shape = [count / features, units];
  if (y.shape.length === 2) {
    context.emit('dense', attributes, inputs);
    return;
  }
  const product = context.add('/product', { shape, dtype: context.dtypeOf(y), quantization: y.quantization });
  context.emit('dense', attributes, inputs, [product]);
  context.emit('reshape', { shape: y.shape }, [product], undefined, '/shape');
}

import type { ConvolutionName } from './operator-names.js';
import { activationNumber, type NodeWriters, paddingNumber } from './node-context.js';

/** Convolutions and products of matrices. */
export const CONVOLUTION_WRITERS: NodeWriters<ConvolutionName> = {
  conv2d: (context) => {
    const { strides, dilations, padding, activation } = context.node.attributes;
    const [[strideH, strideW], [dilationHFactor, dilationWFactor]] = [strides, dilations];
    const shared = { padding: paddingNumber(padding), fusedActivationFunction: activationNumber(activation) };
    const options = { strideH, strideW, dilationHFactor, dilationWFactor, ...shared };
    context.emit('CONV_2D', context.readAll(), ['Conv2DOptions', options]);
  },
  depthwiseConv2d: (context) => {
    const { strides, dilations, padding, activation } = context.node.attributes;
    const [[strideH, strideW], [dilationHFactor, dilationWFactor]] = [strides, dilations];
    const [channels, filters] = [context.inputs[0]!, context.inputs[1]!].map(({ shape }) => shape.at(-1)!);
    const shared = { padding: paddingNumber(padding), fusedActivationFunction: activationNumber(activation) };
    const depthMultiplier = filters! / channels!;
    const options = { strideH, strideW, dilationHFactor, dilationWFactor, depthMultiplier, ...shared };
    context.emit('DEPTHWISE_CONV_2D', context.readAll(), ['DepthwiseConv2DOptions', options]);
  },
  transposeConv2d: (context) => {
    const { strides, padding, activation } = context.node.attributes;
    const [strideH, strideW] = strides;
    const shape = context.integers('shape', context.outputs[0]!.shape);
    const shared = { padding: paddingNumber(padding), fusedActivationFunction: activationNumber(activation) };
    const inputs = [shape, context.read(1), context.read(0), context.read(2)];
    context.emit('TRANSPOSE_CONV', inputs, ['TransposeConvOptions', { strideH, strideW, ...shared }]);
  },
  dense: (context) => {
    const fusedActivationFunction = activationNumber(context.node.attributes.activation);
    context.emit('FULLY_CONNECTED', context.readAll(), ['FullyConnectedOptions', { fusedActivationFunction }]);
  },
  batchMatMul: (context) => {
    const { transposeA: adjX, transposeB: adjY } = context.node.attributes;
    context.emit('BATCH_MATMUL', context.readAll(), ['BatchMatMulOptions', { adjX, adjY }]);
  },
};

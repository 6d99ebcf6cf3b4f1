import type * as tensorflow from '@tensorflow/tfjs';
import type { TensorFlow } from '../tensorflow.js';
import * as arithmetic from './convolution-arithmetic.js';
import type { ConvolutionGeometry } from './convolution-arithmetic.js';
import { convolutionGeometry, poolingGeometry } from './kernel-geometry.js';
import { maxPoolGradient } from './pooling-gradient.js';
import { replaceKernel, type KernelFunction } from './replace-kernel.js';

type TensorInfo = tensorflow.TensorInfo;

let registered = false;

/**
 * Registers, once, faster convolution kernels for the plain JavaScript backend.
 *
 * The stock ones visit every value through an accessor: their filter gradient alone is 94 % of an epoch.
 */
export function registerCpuKernels(tf: TensorFlow): void {
  if (registered) return;
  registered = true;
  replaceKernel(tf, 'cpu', tf.Conv2D, convolution(tf));
  replaceKernel(tf, 'cpu', tf.FusedConv2D, fusedConvolution(tf));
  replaceKernel(tf, 'cpu', tf.Conv2DBackpropFilter, filterGradient(tf));
  replaceKernel(tf, 'cpu', tf.Conv2DBackpropInput, inputGradient(tf));
  replaceKernel(tf, 'cpu', tf.MaxPoolGrad, poolGradient(tf));
}

function convolution(tf: TensorFlow): KernelFunction {
  return ({ inputs, backend, attrs }) => {
    const cpu = backend as tensorflow.MathBackendCPU;
    const x = inputs['x']!;
    const filter = inputs['filter']!;
    const geometry = convolutionGeometry(tf, x.shape, filter.shape, attrs!);
    const taps = arithmetic.columnTaps(geometry);
    const turned = arithmetic.transpose(floats(cpu, filter), geometry.outChannels);
    const y = arithmetic.multiplyByTransposed(columnsOf(cpu, x, geometry), turned, taps);
    return cpu.makeTensorInfo(geometry.outShape, 'float32', y);
  };
}

/** Convolution, bias and activation in one; the stock kernel serves the activations that are not here. */
function fusedConvolution(tf: TensorFlow): KernelFunction {
  const stock = tf.getKernel(tf.FusedConv2D, 'cpu').kernelFunc;
  const convolve = convolution(tf);
  return (call) => {
    const { inputs, backend, attrs } = call;
    const activation = attrs!['activation'];
    if (activation !== 'linear' && activation !== 'relu') return stock(call);
    const cpu = backend as tensorflow.MathBackendCPU;
    const output = convolve(call) as TensorInfo;
    const bias = inputs['bias'] === undefined ? new Float32Array(1) : floats(cpu, inputs['bias']);
    const y = floats(cpu, output);
    for (let index = 0; index < y.length; index++) {
      const sum = y[index]! + bias[index % bias.length]!;
      y[index] = activation === 'relu' && sum < 0 ? 0 : sum;
    }
    return output;
  };
}

function filterGradient(tf: TensorFlow): KernelFunction {
  return ({ inputs, backend, attrs }) => {
    const cpu = backend as tensorflow.MathBackendCPU;
    const x = inputs['x']!;
    const geometry = convolutionGeometry(tf, x.shape, attrs!['filterShape'] as number[], attrs!);
    const columns = arithmetic.transpose(columnsOf(cpu, x, geometry), arithmetic.columnTaps(geometry));
    const dy = arithmetic.transpose(floats(cpu, inputs['dy']!), geometry.outChannels);
    const gradient = arithmetic.multiplyByTransposed(columns, dy, arithmetic.columnRows(geometry));
    return cpu.makeTensorInfo(geometry.filterShape, 'float32', gradient);
  };
}

function inputGradient(tf: TensorFlow): KernelFunction {
  return ({ inputs, backend, attrs }) => {
    const cpu = backend as tensorflow.MathBackendCPU;
    const filter = inputs['filter']!;
    const geometry = convolutionGeometry(tf, attrs!['inputShape'] as number[], filter.shape, attrs!);
    const dy = floats(cpu, inputs['dy']!);
    const columns = arithmetic.multiplyByTransposed(dy, floats(cpu, filter), geometry.outChannels);
    const gradient = new Float32Array(tf.util.sizeFromShape(geometry.inShape));
    arithmetic.addColumns(columns, geometry, gradient);
    return cpu.makeTensorInfo(geometry.inShape, 'float32', gradient);
  };
}

function poolGradient(tf: TensorFlow): KernelFunction {
  return ({ inputs, backend, attrs }) => {
    const cpu = backend as tensorflow.MathBackendCPU;
    const x = inputs['input']!;
    const values = floats(cpu, x);
    const gradient = new Float32Array(values.length);
    maxPoolGradient(values, floats(cpu, inputs['dy']!), poolingGeometry(tf, x.shape, attrs!), gradient);
    return cpu.makeTensorInfo(x.shape, 'float32', gradient);
  };
}

function columnsOf(cpu: tensorflow.MathBackendCPU, x: TensorInfo, geometry: ConvolutionGeometry): Float32Array {
  const columns = new Float32Array(arithmetic.columnRows(geometry) * arithmetic.columnTaps(geometry));
  arithmetic.fillColumns(floats(cpu, x), geometry, columns);
  return columns;
}

function floats(cpu: tensorflow.MathBackendCPU, tensor: TensorInfo): Float32Array {
  return cpu.data.get(tensor.dataId).values as Float32Array;
}

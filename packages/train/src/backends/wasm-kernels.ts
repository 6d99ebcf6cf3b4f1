import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type * as tensorflow from '@tensorflow/tfjs';
import type { TensorFlow } from '../tensorflow.js';
import { addColumns, columnRows, columnTaps, fillColumns } from './convolution-arithmetic.js';
import { convolutionGeometry, poolingGeometry } from './kernel-geometry.js';
import { maxPoolGradient } from './pooling-gradient.js';
import { replaceKernel, type KernelFunction } from './replace-kernel.js';

type TensorInfo = tensorflow.TensorInfo;

let registered = false;

/**
 * Registers, once, the kernels that training needs and that `@tensorflow/tfjs-backend-wasm` 4.22 lacks or gets wrong:
 *
 * - BatchMatMul with a transposed operand takes a slow path there: transpose first.
 * - Conv2DBackpropFilter is missing: column matrix and BatchMatMul.
 * - Conv2DBackpropInput is there but slow, half of an epoch: BatchMatMul and the adjoint of the column matrix.
 * - MaxPoolGrad starts its running maximum at FLT_MIN and so is wrong for windows without a positive value.
 */
export function registerWasmKernels(tf: TensorFlow): void {
  if (registered) return;
  registered = true;
  const batchMatMul = transposeThenMultiply(tf);
  replaceKernel(tf, 'wasm', tf.BatchMatMul, batchMatMul);
  replaceKernel(tf, 'wasm', tf.Conv2DBackpropFilter, filterGradient(tf, batchMatMul));
  replaceKernel(tf, 'wasm', tf.Conv2DBackpropInput, inputGradient(tf, batchMatMul));
  replaceKernel(tf, 'wasm', tf.MaxPoolGrad, poolGradient(tf));
}

function transposeThenMultiply(tf: TensorFlow): KernelFunction {
  const stock = tf.getKernel(tf.BatchMatMul, 'wasm').kernelFunc;
  const transpose = tf.getKernel(tf.Transpose, 'wasm').kernelFunc;
  return ({ inputs, backend, attrs }) => {
    const wasm = backend as BackendWasm;
    const temporaries: TensorInfo[] = [];
    const upright = (x: TensorInfo, transposed: boolean): TensorInfo => {
      if (!transposed) return x;
      const perm = x.shape.map((_, axis) => axis);
      perm.push(...perm.splice(-2).reverse());
      const copy = transpose({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo;
      temporaries.push(copy);
      return copy;
    };
    const a = upright(inputs['a']!, attrs!['transposeA'] === true);
    const b = upright(inputs['b']!, attrs!['transposeB'] === true);
    const product = stock({ inputs: { a, b }, backend, attrs: { transposeA: false, transposeB: false } });
    for (const temporary of temporaries) wasm.disposeData(temporary.dataId);
    return product;
  };
}

function filterGradient(tf: TensorFlow, batchMatMul: KernelFunction): KernelFunction {
  return ({ inputs, backend, attrs }) => {
    const wasm = backend as BackendWasm;
    const x = inputs['x']!;
    const dy = inputs['dy']!;
    const geometry = convolutionGeometry(tf, x.shape, attrs!['filterShape'] as number[], attrs!);
    const rows = columnRows(geometry);
    const columns = wasm.makeOutput([rows, columnTaps(geometry)], 'float32');
    fillColumns(floats(wasm, x), geometry, floats(wasm, columns));
    const dyMatrix = { dataId: dy.dataId, shape: [rows, geometry.outChannels], dtype: dy.dtype };
    const product = batchMatMul({
      inputs: { a: columns, b: dyMatrix },
      backend,
      attrs: { transposeA: true, transposeB: false },
    }) as TensorInfo;
    wasm.disposeData(columns.dataId);
    return { ...product, shape: geometry.filterShape };
  };
}

function inputGradient(tf: TensorFlow, batchMatMul: KernelFunction): KernelFunction {
  return ({ inputs, backend, attrs }) => {
    const wasm = backend as BackendWasm;
    const dy = inputs['dy']!;
    const filter = inputs['filter']!;
    const geometry = convolutionGeometry(tf, attrs!['inputShape'] as number[], filter.shape, attrs!);
    const { outChannels } = geometry;
    const dyMatrix = { dataId: dy.dataId, shape: [columnRows(geometry), outChannels], dtype: dy.dtype };
    const taps = { dataId: filter.dataId, shape: [columnTaps(geometry), outChannels], dtype: filter.dtype };
    const columns = batchMatMul({
      inputs: { a: dyMatrix, b: taps },
      backend,
      attrs: { transposeA: false, transposeB: true },
    }) as TensorInfo;
    const dx = wasm.makeOutput(geometry.inShape, 'float32');
    const gradient = floats(wasm, dx).fill(0);
    addColumns(floats(wasm, columns), geometry, gradient);
    wasm.disposeData(columns.dataId);
    return dx;
  };
}

function poolGradient(tf: TensorFlow): KernelFunction {
  return ({ inputs, backend, attrs }) => {
    const wasm = backend as BackendWasm;
    const x = inputs['input']!;
    const dx = wasm.makeOutput(x.shape, 'float32');
    const geometry = poolingGeometry(tf, x.shape, attrs!);
    maxPoolGradient(floats(wasm, x), floats(wasm, inputs['dy']!), geometry, floats(wasm, dx));
    return dx;
  };
}

/** The values in the WebAssembly memory; not valid any more after the next allocation. */
function floats(wasm: BackendWasm, tensor: TensorInfo): Float32Array {
  return wasm.typedArrayFromHeap(tensor) as Float32Array;
}

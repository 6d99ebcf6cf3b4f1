import type * as tensorflow from '@tensorflow/tfjs';
import type { TensorFlow } from '../tensorflow.js';

export type KernelFunction = tensorflow.KernelFunc;

/**
 * Registers a kernel of one backend in place of the stock one, if there is a stock one, keeping its set-up step.
 *
 * Stock kernels are set up when the backend starts, so this is called before that.
 */
export function replaceKernel(
  tf: TensorFlow,
  backendName: string,
  kernelName: string,
  kernelFunc: KernelFunction,
): void {
  const stock = tf.getKernel(kernelName, backendName) as tensorflow.KernelConfig | undefined;
  if (stock !== undefined) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...stock, kernelName, backendName, kernelFunc });
}

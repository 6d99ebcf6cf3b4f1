import { MissingToolError } from '@kiln/ir';
import { requireFromHere, type TensorFlow } from '../tensorflow.js';
import { registerWasmKernels } from './wasm-kernels.js';

/**
 * Loads `@tensorflow/tfjs-backend-wasm` and puts our gradient kernels beside its own.
 *
 * Errors: MissingToolError if the package is not installed.
 */
export function loadWasmBackend(tf: TensorFlow): void {
  try {
    requireFromHere('@tensorflow/tfjs-backend-wasm');
  } catch (cause) {
    throw new MissingToolError(
      'E-BACKEND-WASM',
      'backend wasm',
      '@tensorflow/tfjs-backend-wasm is not installed',
      'Install it with `npm ci`',
      { cause },
    );
  }
  registerWasmKernels(tf);
}

import { createRequire } from 'node:module';
import type * as tensorflow from '@tensorflow/tfjs';

/** TensorFlow.js with the layers API: what the notebook calls `tf`. */
export type TensorFlow = typeof tensorflow;

export const requireFromHere = createRequire(import.meta.url);

/**
 * Loads TensorFlow.js, once, when it is first needed: it takes 0.2 s, which `kiln --help` should not pay.
 *
 * The whole of `@tensorflow/tfjs` and not its parts, since only it registers the gradients. The production flag keeps
 * its greeting out of the terminal; it changes no value.
 */
export function loadTensorFlow(): TensorFlow {
  const tf = requireFromHere('@tensorflow/tfjs') as TensorFlow;
  tf.env().set('PROD', true);
  return tf;
}

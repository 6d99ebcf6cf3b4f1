import type * as tensorflow from '@tensorflow/tfjs';
import type { TensorFlow } from '../tensorflow.js';

/** A layer, batch normalisation and relu. What is compiled has the normalisation inside the layer. */
export function batchNormalized(
  tf: TensorFlow,
  name: string,
  layer: (name: string) => tensorflow.layers.Layer,
): tensorflow.layers.Layer[] {
  return [
    layer(name),
    tf.layers.batchNormalization({ name: `${name}_norm`, momentum: 0.95 }),
    tf.layers.reLU({ name: `${name}_relu` }),
  ];
}

import type * as tensorflow from '@tensorflow/tfjs';
import type { TensorFlow } from './tensorflow.js';

/** Images at a time in a forward pass: enough to be quick, little enough for the memory of the wasm backend. */
const EVALUATION_BATCH = 512;

/** Keras's `epsilon()`: probabilities are clipped to [epsilon, 1 - epsilon] before their logarithm is taken. */
export const PROBABILITY_EPSILON = 1e-7;

export interface Scores {
  /** Mean categorical cross-entropy, in nats. */
  readonly loss: number;
  /** Share of right answers, 0 .. 1. */
  readonly accuracy: number;
}

/**
 * The probabilities [count, classes] that a network gives to standardised inputs [count, ...inputShape], without dropout.
 */
export async function predictProbabilities(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  inputs: Float32Array,
): Promise<Float32Array> {
  const inputShape = model.inputs[0]!.shape.slice(1) as number[];
  const classes = model.outputs[0]!.shape.at(-1)!;
  const features = inputShape.reduce((product, size) => product * size, 1);
  const count = inputs.length / features;
  const probabilities = new Float32Array(count * classes);
  for (let first = 0; first < count; first += EVALUATION_BATCH) {
    const batch = inputs.subarray(first * features, (first + EVALUATION_BATCH) * features);
    const output = tf.tidy(() => {
      const x = tf.tensor(batch, [batch.length / features, ...inputShape]);
      return model.apply(x, { training: false }) as tensorflow.Tensor;
    });
    probabilities.set(await output.data(), first * classes);
    output.dispose();
  }
  return probabilities;
}

/** Loss and accuracy of probabilities [count, classes] against labels [count]. */
export function score(probabilities: Float32Array, labels: Uint8Array): Scores {
  const classes = probabilities.length / labels.length;
  let loss = 0;
  for (const [index, label] of labels.entries()) {
    const probability = probabilities[index * classes + label]!;
    loss -= Math.log(Math.min(Math.max(probability, PROBABILITY_EPSILON), 1 - PROBABILITY_EPSILON));
  }
  return { loss: loss / labels.length, accuracy: countRight(probabilities, labels) / labels.length };
}

/** How many rows of probabilities [count, classes] have their first maximum at the label. */
export function countRight(probabilities: Float32Array, labels: Uint8Array): number {
  const classes = probabilities.length / labels.length;
  let right = 0;
  for (const [index, label] of labels.entries()) {
    const row = probabilities.subarray(index * classes, (index + 1) * classes);
    if (row.indexOf(Math.max(...row)) === label) right++;
  }
  return right;
}

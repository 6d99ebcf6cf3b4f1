import type * as tensorflow from '@tensorflow/tfjs';
import type { Examples } from './examples.js';
import { argmaxRows } from './metrics.js';
import type { Task } from './recipes/recipe.js';
import type { TensorFlow } from './tensorflow.js';

/** Images at a time in a forward pass: enough to be quick, little enough for the memory of the wasm backend. */
const EVALUATION_BATCH = 512;

/** Keras's `epsilon()`: probabilities are clipped to [epsilon, 1 - epsilon] before their logarithm is taken. */
export const PROBABILITY_EPSILON = 1e-7;

export interface Scores {
  /** Mean categorical cross-entropy, in nats; for other tasks the mean squared error of the values. */
  readonly loss: number;
  /** Share of right answers, 0 .. 1; null where the answers are no classes. */
  readonly accuracy: number | null;
  /** Mean distance of the answers from the right ones, in the unit of those; for a regression only. */
  readonly meanAbsoluteError?: number;
}

/** The outputs [count, outputs] that a network gives to standardised inputs [count, ...inputShape], without dropout. */
export async function predictOutputs(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  inputs: Float32Array,
): Promise<Float32Array> {
  const inputShape = model.inputs[0]!.shape.slice(1) as number[];
  const width = (model.outputs[0]!.shape.slice(1) as number[]).reduce((product, size) => product * size, 1);
  const features = inputShape.reduce((product, size) => product * size, 1);
  const count = inputs.length / features;
  const outputs = new Float32Array(count * width);
  for (let first = 0; first < count; first += EVALUATION_BATCH) {
    const batch = inputs.subarray(first * features, (first + EVALUATION_BATCH) * features);
    const output = tf.tidy(() => {
      const x = tf.tensor(batch, [batch.length / features, ...inputShape]);
      return model.apply(x, { training: false }) as tensorflow.Tensor;
    });
    outputs.set(await output.data(), first * width);
    output.dispose();
  }
  return outputs;
}

/** Loss and accuracy of what a network answered, [count, outputs], row-major. */
export function score(task: Task['kind'], outputs: Float32Array, examples: Examples): Scores {
  if (task === 'classification') {
    return { loss: crossEntropy(outputs, examples), accuracy: countRight(outputs, examples) / examples.count };
  }
  const squares = outputs.reduce((sum, value, index) => sum + (value - examples.targets[index]!) ** 2, 0);
  const scores = { loss: squares / outputs.length, accuracy: null };
  if (task === 'reconstruction') return scores;
  const distances = outputs.reduce((sum, value, index) => sum + Math.abs(value - examples.targets[index]!), 0);
  return { ...scores, meanAbsoluteError: distances / outputs.length };
}

function crossEntropy(outputs: Float32Array, { targets, count }: Examples): number {
  let loss = 0;
  for (const [index, target] of targets.entries()) {
    if (target === 0) continue;
    loss -= target * Math.log(Math.min(Math.max(outputs[index]!, PROBABILITY_EPSILON), 1 - PROBABILITY_EPSILON));
  }
  return loss / count;
}

/** How many rows of probabilities [count, classes] have their first maximum where their targets have it. */
export function countRight(outputs: Float32Array, { targets, count }: Examples): number {
  const classes = targets.length / count;
  const expected = argmaxRows(targets, classes);
  return argmaxRows(outputs, classes).reduce((right, found, row) => right + (found === expected[row] ? 1 : 0), 0);
}

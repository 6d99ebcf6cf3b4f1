import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as tensorflow from '@tensorflow/tfjs';
import { DataError } from '@kiln/ir';
import { countRight, PROBABILITY_EPSILON, type Scores } from './evaluate.js';
import type { TensorFlow } from './tensorflow.js';

/** Standardised inputs [count, ...inputShape] and their classes [count]. */
export interface Examples {
  readonly inputs: Float32Array;
  readonly labels: Uint8Array;
}

/** A network in training. */
export interface Trainee {
  readonly tf: TensorFlow;
  readonly model: tensorflow.LayersModel;
  readonly optimizer: tensorflow.Optimizer;
  readonly classes: number;
}

export interface EpochPlan {
  /** Counted from 1. */
  readonly epoch: number;
  readonly batchSize: number;
  /** Order in which the examples are taken. */
  readonly order: Uint32Array;
  readonly signal: AbortSignal | undefined;
  readonly onBatch: (batch: number, batches: number, loss: number) => void;
}

/**
 * Trains for one epoch, batch by batch; the last batch has what is left.
 *
 * Returns the mean loss and accuracy over the epoch as Keras gives them: of each batch before its own step, with
 * dropout; or null if the signal stopped it, in which case the weights are those of somewhere within the epoch.
 * Errors: DataError as soon as the loss or a weight is not finite.
 */
export async function trainEpoch(trainee: Trainee, examples: Examples, plan: EpochPlan): Promise<Scores | null> {
  const { batchSize, order } = plan;
  const batches = Math.ceil(order.length / batchSize);
  let lossSum = 0;
  let right = 0;
  for (let batch = 0; batch < batches; batch++) {
    await nextTurn();
    if (plan.signal?.aborted === true) return null;
    const chosen = gather(examples, order.subarray(batch * batchSize, (batch + 1) * batchSize));
    const { loss, probabilities } = trainBatch(trainee, chosen);
    if (Number.isNaN(loss)) throw divergedError(plan.epoch, batch + 1);
    lossSum += loss * chosen.labels.length;
    right += countRight(probabilities, chosen.labels);
    plan.onBatch(batch + 1, batches, loss);
  }
  return { loss: lossSum / order.length, accuracy: right / order.length };
}

function gather({ inputs, labels }: Examples, chosen: Uint32Array): Examples {
  const features = inputs.length / labels.length;
  const gathered = new Float32Array(chosen.length * features);
  for (const [row, index] of chosen.entries()) {
    gathered.set(inputs.subarray(index * features, (index + 1) * features), row * features);
  }
  return { inputs: gathered, labels: Uint8Array.from(chosen, (index) => labels[index]!) };
}

/**
 * One step of the optimizer. The loss is NaN if anything is not finite: the weights after the step are looked at too,
 * since the wasm backend's relu turns NaN into 0 and so hides it from the loss.
 */
function trainBatch(trainee: Trainee, examples: Examples): { loss: number; probabilities: Float32Array } {
  const { tf, model, optimizer, classes } = trainee;
  return tf.tidy(() => {
    const { inputs, labels } = examples;
    const x = tf.tensor(inputs, [labels.length, ...(model.inputs[0]!.shape.slice(1) as number[])]);
    const target = tf.oneHot(tf.tensor1d(labels, 'int32'), classes).toFloat();
    const variables = model.trainableWeights.map((weight) => weight.read() as tensorflow.Variable);
    const kept: tensorflow.Tensor[] = [];
    const { value, grads } = tf.variableGrads(() => {
      const predicted = model.apply(x, { training: true }) as tensorflow.Tensor;
      kept.push(tf.keep(predicted.clone()));
      return crossEntropy(target, predicted);
    }, variables);
    const probabilities = kept[0]!.dataSync() as Float32Array;
    tf.dispose(kept);
    const loss = value.dataSync()[0]!;
    optimizer.applyGradients(variables.map(({ name }) => ({ name, tensor: grads[name]! })));
    const finite = [value, ...variables].every((tensor) => allFinite(tensor.dataSync())) && allFinite(probabilities);
    return { loss: finite ? loss : NaN, probabilities };
  });
}

function allFinite(values: ArrayLike<number>): boolean {
  return Array.prototype.every.call(values, Number.isFinite);
}

/** Categorical cross-entropy, mean over the batch: -sum(target * log(clip(predicted))). */
function crossEntropy(target: tensorflow.Tensor, predicted: tensorflow.Tensor): tensorflow.Scalar {
  const clipped = predicted.clipByValue(PROBABILITY_EPSILON, 1 - PROBABILITY_EPSILON);
  return clipped.log().mul(target).sum(-1).mean().neg() as tensorflow.Scalar;
}

function divergedError(epoch: number, batch: number): DataError {
  return new DataError(
    'E-TRAIN-DIVERGED',
    `training, epoch ${epoch}, batch ${batch}`,
    'the loss or a weight is not a finite number: the training has diverged',
    'Try another --seed; if it diverges again, try --backend cpu (if that one trains, the backend is at fault), ' +
      'then a lower learning rate in the recipe',
  );
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as tensorflow from '@tensorflow/tfjs';
import { DataError } from '@kiln/ir';
import { countRight, PROBABILITY_EPSILON, type Scores } from './evaluate.js';
import type { Examples } from './examples.js';
import { gatherRows } from './gather-rows.js';
import type { Task } from './recipes/recipe.js';
import type { TensorFlow } from './tensorflow.js';

/** A network in training. */
export interface Trainee {
  readonly tf: TensorFlow;
  readonly model: tensorflow.LayersModel;
  readonly optimizer: tensorflow.Optimizer;
  readonly task: Task['kind'];
  /** What the optimizer moves. Default: the network's trainable weights. */
  readonly variables?: readonly tensorflow.Variable[];
  /** Whether dropout and batch normalisation behave as in training. Default: yes. */
  readonly training?: boolean;
}

export interface EpochPlan {
  /** Counted from 1. */
  readonly epoch: number;
  readonly batchSize: number;
  /** Order in which the examples are taken. */
  readonly order: Uint32Array;
  /** Gives the inputs of the chosen examples in place of their own. */
  readonly augment: ((chosen: Uint32Array) => Float32Array) | null;
  readonly signal: AbortSignal | undefined;
  /** After every step. */
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
    const indices = order.subarray(batch * batchSize, (batch + 1) * batchSize);
    const own = gather(examples, indices);
    const chosen = plan.augment === null ? own : { ...own, inputs: plan.augment(indices) };
    const { loss, outputs } = trainBatch(trainee, chosen);
    if (Number.isNaN(loss)) throw divergedError(plan.epoch, batch + 1);
    lossSum += loss * chosen.count;
    if (trainee.task === 'classification') right += countRight(outputs, chosen);
    plan.onBatch(batch + 1, batches, loss);
  }
  return { loss: lossSum / order.length, accuracy: trainee.task === 'classification' ? right / order.length : null };
}

function gather({ inputs, targets, count }: Examples, chosen: Uint32Array): Examples {
  return {
    inputs: gatherRows(inputs, inputs.length / count, chosen),
    targets: gatherRows(targets, targets.length / count, chosen),
    count: chosen.length,
  };
}

/**
 * One step of the optimizer. The loss is NaN if anything is not finite: the weights after the step are looked at too,
 * since the wasm backend's relu turns NaN into 0 and so hides it from the loss.
 */
function trainBatch(trainee: Trainee, examples: Examples): { loss: number; outputs: Float32Array } {
  const { tf, model, optimizer, task } = trainee;
  return tf.tidy(() => {
    const { inputs, targets, count } = examples;
    const x = tf.tensor(inputs, [count, ...(model.inputs[0]!.shape.slice(1) as number[])]);
    const target = tf.tensor(targets, [count, targets.length / count]);
    const variables = [
      ...(trainee.variables ?? model.trainableWeights.map((weight) => weight.read() as tensorflow.Variable)),
    ];
    const kept: tensorflow.Tensor[] = [];
    const { value, grads } = tf.variableGrads(() => {
      const predicted = model.apply(x, { training: trainee.training ?? true }) as tensorflow.Tensor;
      kept.push(tf.keep(predicted.clone()));
      return LOSSES[task](target, predicted);
    }, variables);
    const outputs = kept[0]!.dataSync() as Float32Array;
    tf.dispose(kept);
    const loss = value.dataSync()[0]!;
    optimizer.applyGradients(variables.map(({ name }) => ({ name, tensor: grads[name]! })));
    const finite = [value, ...variables].every((tensor) => allFinite(tensor.dataSync())) && allFinite(outputs);
    return { loss: finite ? loss : NaN, outputs };
  });
}

function allFinite(values: ArrayLike<number>): boolean {
  return Array.prototype.every.call(values, Number.isFinite);
}

/** What each task's training makes small: of the target and what was predicted, both [count, outputs]. */
const LOSSES: Record<Task['kind'], (target: tensorflow.Tensor, predicted: tensorflow.Tensor) => tensorflow.Scalar> = {
  classification: crossEntropy,
  reconstruction: meanSquaredError,
  regression: meanSquaredError,
};

function meanSquaredError(target: tensorflow.Tensor, predicted: tensorflow.Tensor): tensorflow.Scalar {
  return predicted.sub(target).square().mean() as tensorflow.Scalar;
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

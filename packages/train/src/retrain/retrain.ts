import type * as tensorflow from '@tensorflow/tfjs';
import { ADAMW } from '../adamw.js';
import { type BackendChoice, selectBackend } from '../backends/select-backend.js';
import { predictOutputs } from '../evaluate.js';
import type { Examples } from '../examples.js';
import { createOptimizer } from '../optimizer.js';
import type { Task } from '../recipes/recipe.js';
import { standardise } from '../scaler.js';
import { RANDOM_STREAM, randomStream, shuffledIndices } from '../seeded-random.js';
import type { TensorFlow } from '../tensorflow.js';
import { trainEpoch } from '../training-loop.js';
import { type ActivationGrid, fakeActivation } from './fake-quantize.js';
import { layersFiles, loadLayers } from './layers-model.js';
import { quantizeForward } from './quantized-forward.js';

export interface RetrainOptions {
  /** The model.json of a layers model of TensorFlow.js. */
  readonly file: string;
  /** Raw inputs, one after the other, as the model's graph takes them: before the scaler, if there is one. */
  readonly inputs: Uint8Array | Float32Array;
  /** Of what the network's first layer reads; null where it stays in float32. */
  readonly inputGrid: ActivationGrid | null;
  /** Of the results of layers: by the layer's name, or `layer/activation` after an activation of its own. */
  readonly grids: ReadonlyMap<string, ActivationGrid>;
  readonly epochs: number;
  /** Fixes the order of the inputs. */
  readonly seed: number;
  readonly backend?: BackendChoice;
  readonly onProgress?: (done: number, total: number) => void;
}

const BATCH = 64;
const LEARNING_RATE = 1e-3;

/**
 * Trains a network on with its weights and activations rounded as int8 rounds them, so that it learns to do without what
 * rounding takes away: quantization-aware training. No labels are needed: the teacher is the float network itself, whose
 * answers to the same inputs are the targets. Batch normalisation keeps its means and variances, dropout is off.
 *
 * Source: Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
 * section 3; Mishra and Marr 2018, "Apprentice", for the teacher.
 *
 * Returns the files of the same network with its new weights, by name; the same options on the same backend give the same
 * bytes. Errors: DataError E-RETRAIN-MODEL for a model that TensorFlow.js cannot load, E-TRAIN-DIVERGED.
 */
export async function retrainQuantized(options: RetrainOptions): Promise<Map<string, string | Uint8Array>> {
  const { tf } = await selectBackend(options.backend ?? 'auto');
  const loaded = await loadLayers(tf, options.file);
  try {
    const { model, scaler } = loaded;
    const inputs = scaler === null ? Float32Array.from(options.inputs) : standardise(scaler, options.inputs);
    const task = isClassifier(model) ? 'classification' : 'reconstruction';
    const examples = await taughtExamples(tf, model, inputs, options.inputGrid);
    await runEpochs(tf, model, task, examples, options);
    return layersFiles(loaded);
  } finally {
    loaded.model.dispose();
  }
}

/** Whether the answer is a softmax. */
function isClassifier({ layers }: tensorflow.LayersModel): boolean {
  const last = layers.at(-1)!;
  return last.getClassName() === 'Softmax' || last.getConfig()['activation'] === 'softmax';
}

/** The inputs as int8 sees them, and what the float network answers to them as they are. */
async function taughtExamples(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  inputs: Float32Array,
  grid: ActivationGrid | null,
): Promise<Examples> {
  const targets = await predictOutputs(tf, model, inputs);
  const features = model.inputs[0]!.shape.slice(1).reduce<number>((product, size) => product * size!, 1);
  const count = inputs.length / features;
  if (grid === null) return { inputs, targets, count };
  const rounded = tf.tidy(() => fakeActivation(tf, tf.tensor1d(inputs), grid).dataSync() as Float32Array);
  return { inputs: rounded.slice(), targets, count };
}

async function runEpochs(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  task: Task['kind'],
  examples: Examples,
  { grids, epochs, seed, onProgress }: RetrainOptions,
): Promise<void> {
  const batchesPerEpoch = Math.ceil(examples.count / BATCH);
  const settings = { ...ADAMW, learningRate: LEARNING_RATE, warmupEpochs: 1, weightDecay: 0 };
  const optimizer = createOptimizer(tf, settings, { epochs, batchesPerEpoch });
  const forward = quantizeForward(tf, model, grids);
  const shuffling = randomStream(seed, RANDOM_STREAM.shuffling);
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      await trainEpoch({ tf, model, optimizer, task, variables: forward.variables, training: false }, examples, {
        epoch,
        batchSize: BATCH,
        order: shuffledIndices(examples.count, shuffling),
        augment: null,
        signal: undefined,
        onBatch: (batch) => onProgress?.((epoch - 1) * batchesPerEpoch + batch, epochs * batchesPerEpoch),
      });
    }
  } finally {
    forward.restore();
    optimizer.dispose();
  }
}

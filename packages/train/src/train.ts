import { InterruptedError, ShapeError, UsageError } from '@kiln/ir';
import { augmentedInputs } from './augmented-inputs.js';
import { selectBackend, type BackendChoice, type SelectedBackend } from './backends/select-backend.js';
import type { Dataset } from './datasets/dataset.js';
import { predictOutputs, score, type Scores } from './evaluate.js';
import { type Examples, examplesOf } from './examples.js';
import { splitDataset, type Split } from './hold-out.js';
import { dtypeOf, modelFiles, partFiles, scalerMetadata, type ModelMetadata } from './model-files.js';
import { checkModelFolder, writeModelFolder } from './model-folder.js';
import { checkNetwork } from './check-network.js';
import { createOptimizer } from './optimizer.js';
import { parametersOf } from './recipe-parameters.js';
import type { Recipe } from './recipes/recipe.js';
import { fitScaler, type Scaler } from './scaler.js';
import { RANDOM_STREAM, randomStream, shuffledIndices } from './seeded-random.js';
import { type EpochPlan, trainEpoch, type Trainee } from './training-loop.js';
import {
  KEEP_CHOICES,
  type EpochRecord,
  type KeepChoice,
  type TrainingEvent,
  type TrainingRecord,
} from './training-record.js';
import { KILN_VERSION } from './version.js';
import { copyWeights, WeightAverage } from './weight-average.js';

export interface TrainOptions {
  readonly recipe: Recipe;
  readonly data: Dataset;
  readonly backend: BackendChoice;
  /** An integer of 0 .. 2^32 - 1 that fixes initial weights, order of the examples, dropout and the held-out images. */
  readonly seed: number;
  readonly keep: KeepChoice;
  readonly outFolder: string;
  /** Values of the recipe's parameters; its defaults for those that are not here. */
  readonly parameters?: Readonly<Record<string, number>> | undefined;
  /** By default the recipe's. */
  readonly epochs?: number | undefined;
  /** When interrupted, save the model as it was after the last whole epoch. */
  readonly saveOnInterrupt?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: TrainingEvent) => void) | undefined;
}

export interface TrainedModel {
  readonly folder: string;
  readonly metadata: ModelMetadata;
  readonly record: TrainingRecord;
}

/** The weights to be saved, and the epoch that they come from. */
interface KeptWeights {
  readonly record: EpochRecord;
  readonly weights: readonly Float32Array[];
}

interface Run {
  readonly options: TrainOptions;
  readonly epochs: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly backend: SelectedBackend;
  readonly split: Split;
  readonly scaler: Scaler;
  readonly trainee: Trainee;
  readonly examples: { readonly train: Examples; readonly heldOut: Examples | null; readonly test: Examples };
  readonly augment: EpochPlan['augment'];
  readonly average: WeightAverage | null;
  readonly history: EpochRecord[];
  kept: KeptWeights | null;
}

/**
 * Trains a network and saves it as a folder: the network and its weights as stock TensorFlow.js loads them, the scaler,
 * the history, and the images to calibrate and evaluate with.
 *
 * The scaler is fitted on the images trained on and nothing else. The test set is evaluated after every epoch, for the
 * history; no choice is made by it.
 *
 * Errors: UsageError and ShapeError for options that do not fit, MissingToolError for a backend that is not there,
 * DataError if the loss diverges, EnvironmentError if the folder cannot be written (looked at before the training),
 * InterruptedError if the signal is raised. After an error nothing has been written, except with `saveOnInterrupt`.
 */
export async function train(options: TrainOptions): Promise<TrainedModel> {
  checkOptions(options);
  const parameters = parametersOf(options.recipe, options.parameters ?? {});
  checkModelFolder(options.outFolder);
  const backend = await selectBackend(options.backend);
  options.onProgress?.({ kind: 'backend', backend: backend.name, reason: backend.reason });
  const run = await startRun(options, parameters, backend);
  try {
    const interrupted = !(await runEpochs(run));
    if (interrupted) throw await interruptedError(run);
    return await saveModel(run, false);
  } finally {
    run.average?.dispose();
    run.trainee.optimizer.dispose();
    run.trainee.model.dispose();
  }
}

function checkOptions({ recipe, data, epochs, keep }: TrainOptions): void {
  if (epochs !== undefined && (!Number.isInteger(epochs) || epochs < 1)) {
    throw new UsageError('E-EPOCHS', '--epochs', `found ${epochs}, expected an integer of at least 1`, 'Change it');
  }
  if (!KEEP_CHOICES.includes(keep)) {
    const choices = KEEP_CHOICES.join(', ');
    throw new UsageError('E-KEEP', '--keep', `found '${String(keep)}', expected one of: ${choices}`, 'Change it');
  }
  const features = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  const classes = recipe.task.kind === 'classification' ? recipe.task.classes : null;
  const fits = classes === null || data.classes.length === classes;
  if (features(data.shape) !== features(recipe.inputShape) || !fits) {
    throw new ShapeError(
      'E-RECIPE-DATA',
      `recipe ${recipe.name}`,
      `takes inputs [${recipe.inputShape.join(', ')}]${classes === null ? '' : ` of ${classes} classes`}, but data set ${data.name} has ` +
        `[${data.shape.join(', ')}] and ${data.classes.length} classes`,
      'Choose a recipe made for this data set',
    );
  }
}

async function startRun(options: TrainOptions, parameters: Run['parameters'], backend: SelectedBackend): Promise<Run> {
  const { recipe, seed } = options;
  const { tf } = backend;
  const split = splitDataset(options.data, options.keep, seed);
  const scaler = fitScaler(
    split.train.images,
    split.train.images.length / split.train.count,
    recipe.scaling,
    recipe.inputShape.at(-1)!,
  );
  const train = examplesOf(recipe.task, scaler, split.train, recipe.labelSmoothing);
  const epochs = options.epochs ?? recipe.defaults.epochs;
  const model = await recipe.build(tf, { seed, parameters, inputs: train.inputs });
  checkNetwork(recipe, model, train.targets.length / train.count);
  const batchesPerEpoch = Math.ceil(train.count / recipe.defaults.batchSize);
  return {
    options,
    epochs,
    parameters,
    backend,
    split,
    scaler,
    trainee: {
      tf,
      model,
      optimizer: createOptimizer(tf, recipe.optimizer, { epochs, batchesPerEpoch }),
      task: recipe.task.kind,
    },
    examples: {
      train,
      heldOut: split.heldOut === null ? null : examplesOf(recipe.task, scaler, split.heldOut),
      test: examplesOf(recipe.task, scaler, split.test),
    },
    augment: augmentedInputs(recipe, scaler, split.train, seed),
    average: recipe.averaging === null ? null : new WeightAverage(tf, model, recipe.averaging),
    history: [],
    kept: null,
  };
}

/** Returns false if the signal stopped it. */
async function runEpochs(run: Run): Promise<boolean> {
  const { options, epochs, trainee, examples } = run;
  const shuffling = randomStream(options.seed, RANDOM_STREAM.shuffling);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const startedMs = performance.now();
    const trainScores = await trainEpoch(trainee, examples.train, {
      epoch,
      batchSize: options.recipe.defaults.batchSize,
      order: shuffledIndices(examples.train.count, shuffling),
      augment: run.augment,
      signal: options.signal,
      onBatch: (batch, batches, loss) => {
        run.average?.add();
        options.onProgress?.({ kind: 'batch', epoch, epochs, batch, batches, loss });
      },
    });
    if (trainScores === null) return false;
    await withAveragedWeights(run, async () => {
      const record = { epoch, train: trainScores, ...(await evaluateOthers(run)) };
      run.history.push(record);
      if (isToBeKept(options.keep, record, run.kept)) run.kept = { record, weights: copyWeights(trainee.model) };
    });
    const seconds = (performance.now() - startedMs) / 1000;
    options.onProgress?.({ kind: 'epoch', epochs, seconds, ...run.history.at(-1)! });
  }
  return true;
}

/** What is evaluated and saved are the averaged weights, where the recipe has them. */
function withAveragedWeights(run: Run, action: () => Promise<void>): Promise<void> {
  return run.average === null ? action() : run.average.during(action);
}

async function evaluateOthers({ trainee, examples }: Run): Promise<{ heldOut: Scores | null; test: Scores }> {
  const heldOut = examples.heldOut === null ? null : await evaluate(trainee, examples.heldOut);
  return { heldOut, test: await evaluate(trainee, examples.test) };
}

async function evaluate({ tf, model, task }: Trainee, examples: Examples): Promise<Scores> {
  return score(task, await predictOutputs(tf, model, examples.inputs), examples);
}

/** The last epoch, or the one with the best accuracy on the held-out images; among equals the one with less loss. */
function isToBeKept(keep: KeepChoice, { heldOut }: EpochRecord, kept: KeptWeights | null): boolean {
  const best = kept?.record.heldOut ?? null;
  if (keep === 'last' || best === null || heldOut === null) return true;
  const gain = (heldOut.accuracy ?? 0) - (best.accuracy ?? 0);
  return gain > 0 || (gain === 0 && heldOut.loss < best.loss);
}

/** Saves what there is, if that was asked for, and says so. */
async function interruptedError(run: Run): Promise<InterruptedError> {
  const { options, history } = run;
  if (options.saveOnInterrupt !== true || run.kept === null) {
    return new InterruptedError(
      'training',
      'Nothing was saved. The same command starts it again, with the same result',
    );
  }
  await saveModel(run, true);
  const epoch = run.kept.record.epoch;
  return new InterruptedError(
    `training, after ${history.length} of ${run.epochs} epochs`,
    `The model as it was after epoch ${epoch} is saved in ${options.outFolder}`,
  );
}

async function saveModel(run: Run, interrupted: boolean): Promise<TrainedModel> {
  const { options, trainee, split } = run;
  const { recipe } = options;
  const { tf, model } = trainee;
  const kept = run.kept!;
  const weights = kept.weights.map((values, index) => tf.tensor(values, model.weights[index]!.shape as number[]));
  model.setWeights(weights);
  tf.dispose(weights);
  const metadata: ModelMetadata = {
    recipe: recipe.name,
    input: { name: recipe.inputName, dtype: dtypeOf(options.data.train.images), shape: recipe.inputShape },
    scaler: scalerMetadata(run.scaler),
    ...(recipe.task.kind === 'classification' ? { classes: options.data.classes } : {}),
  };
  const record = await trainingRecord(run, kept.record, interrupted);
  const trained = {
    model,
    metadata,
    record,
    calibration: split.train,
    evaluation: split.test,
    targets: run.examples.test.targets,
  };
  const files = await modelFiles(tf, trained);
  for (const part of recipe.parts?.(tf, model) ?? []) {
    for (const [name, content] of await partFiles(tf, trained, part)) files.set(`${part.name}/${name}`, content);
  }
  writeModelFolder(options.outFolder, files);
  options.onProgress?.({ kind: 'saved', folder: options.outFolder });
  return { folder: options.outFolder, metadata, record };
}

async function trainingRecord(run: Run, kept: EpochRecord, interrupted: boolean): Promise<TrainingRecord> {
  const { options, backend, split, trainee } = run;
  const { recipe, data } = options;
  const { name, source, sha256, notice } = data;
  return {
    recipe: recipe.name,
    parameters: run.parameters,
    ...(recipe.task.kind === 'regression' && recipe.task.unit !== '' ? { unit: recipe.task.unit } : {}),
    seed: options.seed,
    backend: backend.name,
    epochs: run.epochs,
    batchSize: recipe.defaults.batchSize,
    optimizer: recipe.optimizer,
    keep: options.keep,
    keptEpoch: kept.epoch,
    interrupted,
    final: {
      train: await evaluate(trainee, examplesOf(recipe.task, run.scaler, split.train)),
      heldOut: kept.heldOut,
      test: kept.test,
    },
    data: {
      ...{ name, source, sha256, notice },
      trainImages: split.train.count,
      heldOutImages: split.heldOut?.count ?? 0,
      testImages: split.test.count,
    },
    versions: {
      kiln: KILN_VERSION,
      node: process.versions.node,
      tfjs: backend.tf.version.tfjs,
      tensorflow: backend.tensorflowVersion,
    },
    history: run.history,
  };
}

import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type BackendChoice,
  type Dataset,
  type KeepChoice,
  loadOptdigits,
  type Recipe,
  type Scores,
  train,
  type TrainedModel,
  type TrainingEvent,
} from '@kiln/train';
import { runStage, type Stage } from './ui/progress.js';
import { grouped, percent } from './ui/table.js';
import type { Terminal } from './ui/terminal.js';

export interface TrainRecipeOptions extends TrainOnOptions {
  readonly data?: string | undefined;
}

export interface TrainOnOptions {
  readonly backend: BackendChoice;
  readonly epochs?: number | undefined;
  readonly parameters?: Readonly<Record<string, number>> | undefined;
  readonly seed: number;
  readonly keep: KeepChoice;
  readonly saveOnInterrupt?: boolean | undefined;
  readonly outFolder: string;
  readonly signal: AbortSignal;
  /** Of the stage on the terminal. */
  readonly title?: string;
}

/** Loads the recipe's data and trains it, as two stages on the terminal. */
export async function trainRecipe(
  terminal: Terminal,
  recipe: Recipe,
  options: TrainRecipeOptions,
): Promise<{ data: Dataset; trained: TrainedModel }> {
  const data = await loadData(terminal, options);
  return { data, trained: await trainOn(terminal, recipe, data, options) };
}

/** Trains a recipe on data that were loaded, as one stage. */
export function trainOn(
  terminal: Terminal,
  recipe: Recipe,
  data: Dataset,
  options: TrainOnOptions,
): Promise<TrainedModel> {
  return runStage(
    terminal,
    options.title ?? 'Train',
    (stage) => train({ ...options, recipe, data, onProgress: (event) => showTraining(stage, event) }),
    ({ record }) =>
      `${record.backend}, ${record.history.length} epochs, test set: ${scoresText(record.final.test, record.unit)}`,
  );
}

/** How good a network is, for people: a share of right answers, or how far off its answers are. */
export function scoresText({ accuracy, loss, meanAbsoluteError }: Scores, unit = ''): string {
  if (meanAbsoluteError !== undefined) {
    const behind = unit === '' ? '' : ` ${unit}`;
    return `off by ${Math.sqrt(loss).toFixed(4)}${behind} (root mean square), ${meanAbsoluteError.toFixed(4)}${behind} (mean)`;
  }
  return accuracy === null ? `root mean square error ${Math.sqrt(loss).toFixed(4)}` : `${percent(accuracy)} right`;
}

function accuracyText({ accuracy }: Scores): string {
  return accuracy === null ? '' : `, accuracy ${percent(accuracy)}`;
}

/** Finds the digits, as one stage. */
export function loadData(
  terminal: Terminal,
  { data: folder, signal }: Pick<TrainRecipeOptions, 'data' | 'signal'>,
): Promise<Dataset> {
  const env = process.env;
  // An empty variable counts as none.
  const cacheFolder = env['KILN_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kiln');
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  return runStage(
    terminal,
    'Load data',
    (stage) =>
      loadOptdigits({
        ...(folder === undefined ? {} : { folder }),
        env,
        cacheFolder,
        root,
        signal,
        onProgress: (done, total, note) => stage.update(done, total, note),
      }),
    ({ name, source, train: { count }, test }) =>
      `${name}: ${grouped(count)} training and ${grouped(test.count)} test images, from ${source}`,
  );
}

/** Epochs between two lines on a pipe. */
const LOGGED_EPOCHS = 5;

function showTraining(stage: Stage, event: TrainingEvent): void {
  switch (event.kind) {
    case 'backend':
      stage.log(`backend ${event.backend}: ${event.reason}`);
      return;
    case 'batch':
      stage.update(
        event.epoch - 1 + event.batch / event.batches,
        event.epochs,
        `epoch ${event.epoch} of ${event.epochs}, loss ${event.loss.toFixed(4)}`,
      );
      return;
    case 'epoch':
      if (event.epoch % LOGGED_EPOCHS === 0 || event.epoch === 1 || event.epoch === event.epochs) {
        const { epoch, epochs, train: fit, test } = event;
        stage.log(
          `epoch ${epoch} of ${epochs}: loss ${fit.loss.toFixed(4)}${accuracyText(fit)}; ` +
            `test loss ${test.loss.toFixed(4)}${accuracyText(test)}`,
        );
      }
      return;
    case 'saved':
      return;
  }
}

import type { BackendName } from './backends/select-backend.js';
import type { Scores } from './evaluate.js';
import type { OptimizerSettings } from './optimizer.js';

/** Which epoch's weights are kept: the last one's, or the best one's by images held out of the training set. */
export const KEEP_CHOICES = ['last', 'best'] as const;
export type KeepChoice = (typeof KEEP_CHOICES)[number];

/** One epoch, counted from 1. `train` is measured with dropout while the weights move, as in Keras; the others after. */
export interface EpochRecord {
  readonly epoch: number;
  readonly train: Scores;
  readonly heldOut: Scores | null;
  readonly test: Scores;
}

/**
 * What training.json holds: all that is needed to repeat the training, and how it went.
 *
 * No clock time, path or host name: the same seed on the same backend gives the same bytes.
 */
export interface TrainingRecord {
  readonly recipe: string;
  /** What the recipe's parameters were. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Of the numbers that the network answers, where they have one. */
  readonly unit?: string;
  readonly seed: number;
  readonly backend: BackendName;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerSettings;
  readonly keep: KeepChoice;
  /** The epoch whose weights are saved. */
  readonly keptEpoch: number;
  /** True if the training was stopped before its last epoch. */
  readonly interrupted: boolean;
  /** Scores of the saved weights, without dropout. */
  readonly final: { readonly train: Scores; readonly heldOut: Scores | null; readonly test: Scores };
  readonly data: {
    readonly name: string;
    readonly source: string;
    readonly sha256: string;
    readonly notice: string | null;
    readonly trainImages: number;
    readonly heldOutImages: number;
    readonly testImages: number;
  };
  readonly versions: {
    readonly kiln: string;
    readonly node: string;
    readonly tfjs: string;
    /** The native library, where the backend has one. */
    readonly tensorflow: string | null;
  };
  readonly history: readonly EpochRecord[];
}

/** What a training tells while it runs. */
export type TrainingEvent =
  | { readonly kind: 'backend'; readonly backend: BackendName; readonly reason: string }
  | {
      readonly kind: 'batch';
      readonly epoch: number;
      readonly epochs: number;
      readonly batch: number;
      readonly batches: number;
      readonly loss: number;
    }
  | ({ readonly kind: 'epoch'; readonly epochs: number; readonly seconds: number } & EpochRecord)
  | { readonly kind: 'saved'; readonly folder: string };

import type * as tensorflow from '@tensorflow/tfjs';
import type { Scaling } from '../scaler.js';
import type { TensorFlow } from '../tensorflow.js';

/** Inputs and the right answers to them. */
export interface OwnData {
  /** [count, ...shape], row-major. */
  readonly inputs: Uint8Array | Float32Array;
  readonly shape: readonly number[];
  readonly count: number;
  readonly answers: OwnAnswers;
  /** [count]: the recording that each input was cut out of; inputs of one are never split between training and test. */
  readonly groups?: Uint32Array;
}

/** The right answers: classes, `labels` [count] being indices into their names, or numbers, `values` [count, outputs]. */
export type OwnAnswers =
  | { readonly kind: 'classes'; readonly names: readonly string[]; readonly labels: Uint8Array }
  | { readonly kind: 'numbers'; readonly unit: string; readonly values: Float32Array; readonly outputs: number };

/** What a user's network may be built from. */
export interface OwnBuildContext {
  readonly seed: number;
  readonly inputShape: number[];
  /** Number of classes, or of the numbers that are answered. */
  readonly outputs: number;
}

/** A network of the user's own and how it is trained. */
export interface OwnRecipe {
  readonly name: string;
  /** The data; `folder` is that of the recipe. */
  data(context: { readonly folder: string }): OwnData | Promise<OwnData>;
  /** The network; its initial weights are set from the seed. */
  build(tf: TensorFlow, context: OwnBuildContext): tensorflow.LayersModel;
  readonly epochs: number;
  /** Default: 32. */
  readonly batchSize?: number;
  /** Of AdamW. Default: 0.003. */
  readonly learningRate?: number;
  /** Default: `feature`. */
  readonly scaling?: Scaling;
}

/** Types a recipe, and gives it back. */
export function defineRecipe(recipe: OwnRecipe): OwnRecipe {
  return recipe;
}

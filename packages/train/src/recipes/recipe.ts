import type * as tensorflow from '@tensorflow/tfjs';
import type { MODEL_PARTS } from '../model-folder.js';
import type { Augmentation } from '../augment.js';
import type { OptimizerSettings } from '../optimizer.js';
import type { Scaling } from '../scaler.js';
import type { TensorFlow } from '../tensorflow.js';

/**
 * What a network is trained to answer.
 *
 * - `classification`: probabilities of that many classes; trained with categorical cross-entropy.
 * - `regression`: that many numbers in a unit of their own; trained with the mean squared error.
 * - `reconstruction`: its own raw input, each value divided by `fullScale`; trained with the mean squared error.
 */
export type Task =
  | { readonly kind: 'classification'; readonly classes: number }
  | { readonly kind: 'regression'; readonly outputs: number; readonly unit: string }
  | { readonly kind: 'reconstruction'; readonly fullScale: number };

/** A number that the user may set: `kiln train NAME --set components=20`. */
export interface RecipeParameter {
  readonly name: string;
  /** One line for people, with the unit. */
  readonly summary: string;
  readonly default: number;
  /** What is wrong with a value, as half a sentence, or null. */
  readonly problem: (value: number) => string | null;
}

/** What a network may be built from. */
export interface BuildContext {
  readonly seed: number;
  /** A value for each of the recipe's parameters. */
  readonly parameters: Readonly<Record<string, number>>;
  /** The standardised inputs that are trained on: [count, features], row-major. */
  readonly inputs: Float32Array;
}

/** A part of a network that is of use by itself, such as an autoencoder's decoder; it shares the network's weights. */
export interface NetworkPart {
  /** Name of its folder inside the model's. */
  readonly name: (typeof MODEL_PARTS)[number];
  readonly network: tensorflow.LayersModel;
  /** Whether it takes what the whole network takes; otherwise its input is what the encoder answers. */
  readonly takesInput: boolean;
}

/** A network and how it is trained: one file each. */
export interface Recipe {
  /** What `kiln train` calls it. */
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** What the C calls the input. */
  readonly inputName: string;
  /** Shape of one standardised input, without the batch. */
  readonly inputShape: readonly number[];
  readonly task: Task;
  readonly parameters: readonly RecipeParameter[];
  /** Builds the network with its initial weights, dropout included. All layers have names of their own. */
  build(tf: TensorFlow, context: BuildContext): tensorflow.LayersModel | Promise<tensorflow.LayersModel>;
  /** The parts that are saved beside the whole network, from its layers. */
  parts?(tf: TensorFlow, network: tensorflow.LayersModel): readonly NetworkPart[];
  readonly defaults: { readonly epochs: number; readonly batchSize: number };
  readonly optimizer: OptimizerSettings;
  /** Whether each feature is standardised by its own mean and deviation (`feature`) by those of its channel (`channel`), or all by those of all (`shared`). */
  readonly scaling: Scaling;
  /** How the training images, one channel each, are changed anew every time they are seen; null for not at all. */
  readonly augmentation: Augmentation | null;
  /** Share of the old average that `WeightAverage` keeps at each step, if averaged weights are to be saved; else null. */
  readonly averaging: number | null;
  /** Share of a label's probability that training spreads over all classes. */
  readonly labelSmoothing: number;
}

/** What a recipe has unless it needs more. */
export const PLAIN = {
  inputName: 'pixels',
  parameters: [],
  scaling: 'feature',
  augmentation: null,
  averaging: null,
  labelSmoothing: 0,
} as const;

import type * as tensorflow from '@tensorflow/tfjs';
import type { AdadeltaSettings } from '../adadelta.js';
import type { TensorFlow } from '../tensorflow.js';

/** A network and how it is trained: one file each. */
export interface Recipe {
  /** What `kiln train` calls it. */
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** Shape of one standardised input, without the batch. */
  readonly inputShape: readonly number[];
  /** Number of classes; the network ends in a softmax over them. */
  readonly classes: number;
  /** Builds the network with its initial weights, dropout included, from a seed. All layers have names of their own. */
  build(tf: TensorFlow, seed: number): tensorflow.LayersModel;
  readonly defaults: { readonly epochs: number; readonly batchSize: number };
  readonly optimizer: AdadeltaSettings;
}

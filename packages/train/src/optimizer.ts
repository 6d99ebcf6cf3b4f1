import type * as tensorflow from '@tensorflow/tfjs';
import { type AdadeltaSettings, createAdadelta } from './adadelta.js';
import { type AdamWSettings, createAdamW, type TrainingLength } from './adamw.js';
import type { TensorFlow } from './tensorflow.js';

export type OptimizerSettings = AdadeltaSettings | AdamWSettings;

/** The optimizer of these settings, with no steps taken. */
export function createOptimizer(
  tf: TensorFlow,
  settings: OptimizerSettings,
  length: TrainingLength,
): tensorflow.Optimizer {
  return settings.name === 'adadelta' ? createAdadelta(tf, settings) : createAdamW(tf, settings, length);
}

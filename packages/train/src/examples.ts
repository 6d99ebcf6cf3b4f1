import type { LabelledImages } from './datasets/dataset.js';
import type { Task } from './recipes/recipe.js';
import { standardise, type Scaler } from './scaler.js';

/** What a network is trained on or evaluated with. */
export interface Examples {
  /** Standardised inputs: [count, ...inputShape], row-major. */
  readonly inputs: Float32Array;
  /** What it should answer: [count, outputs]; for classes their probabilities, 1 and 0. */
  readonly targets: Float32Array;
  readonly count: number;
}

/** Standardises images, and makes of them or of their labels what the task asks for. */
export function examplesOf(
  task: Task,
  scaler: Scaler,
  { images, labels, count, targets }: LabelledImages,
  labelSmoothing = 0,
): Examples {
  const inputs = standardise(scaler, images);
  if (task.kind === 'classification') return { inputs, targets: oneHot(labels, task.classes, labelSmoothing), count };
  if (task.kind === 'regression') return { inputs, targets: targets ?? new Float32Array(count * task.outputs), count };
  return { inputs, targets: Float32Array.from(images, (value) => value / task.fullScale), count };
}

/** 1 - smoothing for the label, and the rest spread over all classes. Source: Szegedy et al. 2016, section 7. */
function oneHot(labels: Uint8Array, classes: number, smoothing: number): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, row) => (targets[row * classes + label]! += 1 - smoothing));
  return targets;
}

import { augmentImage } from './augment.js';
import type { LabelledImages } from './datasets/dataset.js';
import type { Recipe } from './recipes/recipe.js';
import { type Scaler, standardise } from './scaler.js';
import { RANDOM_STREAM, randomStream } from './seeded-random.js';
import type { EpochPlan } from './training-loop.js';

/** Gives chosen training images as the recipe changes them, standardised. */
export function augmentedInputs(
  { augmentation, inputShape }: Recipe,
  scaler: Scaler,
  { images }: LabelledImages,
  seed: number,
): EpochPlan['augment'] {
  if (augmentation === null) return null;
  const random = randomStream(seed, RANDOM_STREAM.augmentation);
  const [height, width] = inputShape as [number, number];
  const features = height * width;
  return (chosen) => {
    const changed = new Float32Array(chosen.length * features);
    for (const [row, index] of chosen.entries()) {
      const image = images.subarray(index * features, (index + 1) * features);
      changed.set(augmentImage(image, [height, width], augmentation, random), row * features);
    }
    return standardise(scaler, changed);
  };
}

import { DataError } from '@kiln/ir';
import type { Dataset, LabelledImages } from './datasets/dataset.js';
import { gatherRows } from './gather-rows.js';
import { RANDOM_STREAM, randomStream, shuffledIndices } from './seeded-random.js';
import type { KeepChoice } from './training-record.js';

/** Share of the training set that `keep: 'best'` holds out. */
const HELD_OUT_SHARE = 0.1;

export interface Split {
  readonly train: LabelledImages;
  readonly heldOut: LabelledImages | null;
  readonly test: LabelledImages;
}

/**
 * Splits off the images by which the best epoch is chosen: one in ten of the training set, drawn by the seed. The test
 * set is never touched. With `keep: 'last'` nothing is held out.
 *
 * Errors: DataError if the training set is too small to hold anything out.
 */
export function splitDataset(data: Dataset, keep: KeepChoice, seed: number): Split {
  if (keep === 'last') return { train: data.train, heldOut: null, test: data.test };
  const heldOutCount = Math.floor(data.train.count * HELD_OUT_SHARE);
  if (heldOutCount === 0) {
    throw new DataError(
      'E-HOLD-OUT-EMPTY',
      `data set ${data.name}`,
      `has ${data.train.count} training images, expected at least 10 to hold one in ten out`,
      'Use --keep last, or more data',
    );
  }
  const order = shuffledIndices(data.train.count, randomStream(seed, RANDOM_STREAM.holdOut));
  return {
    train: pick(data.train, order.slice(heldOutCount).sort()),
    heldOut: pick(data.train, order.slice(0, heldOutCount).sort()),
    test: data.test,
  };
}

/** The chosen ones, in that order. */
export function pick({ images, labels, targets, count }: LabelledImages, chosen: Uint32Array): LabelledImages {
  return {
    count: chosen.length,
    images: gatherRows(images, images.length / count, chosen),
    labels: gatherRows(labels, labels.length / count, chosen),
    ...(targets === undefined ? {} : { targets: gatherRows(targets, targets.length / count, chosen) }),
  };
}

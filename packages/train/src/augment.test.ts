import { expect, test } from 'vitest';
import { augmentImage, moveImage } from './augment.js';
import { randomStream } from './seeded-random.js';

const STILL = { angle: 0, zoom: [1, 1], shear: 0, shift: [0, 0] } as const;
const IMAGE = Array.from({ length: 12 }, (_, index) => index + 1);
const SIZE = [3, 4] as const;

test('an image that is not moved stays as it is', () => {
  expect([...moveImage(IMAGE, SIZE, STILL)]).toEqual(IMAGE);
});

test('a shift by whole pixels moves values and brings in zeros', () => {
  expect([...moveImage(IMAGE, SIZE, { ...STILL, shift: [1, -1] })]).toEqual([0, 5, 6, 7, 0, 9, 10, 11, 0, 0, 0, 0]);
});

test('a shift by half a pixel is the mean of two', () => {
  expect([...moveImage([2, 4, 8], [1, 3], { ...STILL, shift: [0, 0.5] })]).toEqual([3, 6, 4]);
});

test('a quarter turn moves rows to columns', () => {
  const turned = moveImage([1, 2, 3, 4], [2, 2], { ...STILL, angle: Math.PI / 2 });
  expect([...turned].map((value) => Math.round(value))).toEqual([2, 4, 1, 3]);
});

test('a zoom of 2 leaves the middle, drawn twice as large', () => {
  const zoomed = moveImage([1, 3, 5, 7], [1, 4], { ...STILL, zoom: [1, 2] });
  expect([...zoomed]).toEqual([2.5, 3.5, 4.5, 5.5]);
});

test('a seed repeats the movements, and they differ from image to image', () => {
  const settings = { shift: 1, rotationDegrees: 10, zoom: 0.1, shear: 0.1 };
  const draw = (seed: number) => {
    const random = randomStream(seed, -1);
    return [0, 1].map(() => augmentImage(IMAGE, SIZE, settings, random));
  };
  const [first, second] = draw(3);
  expect(draw(3)).toEqual([first, second]);
  expect(second).not.toEqual(first);
  expect(draw(4)[0]).not.toEqual(first);
});

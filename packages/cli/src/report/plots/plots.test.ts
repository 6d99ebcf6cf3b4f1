import { expect, test } from 'vitest';
import { shorten } from '../format-figures.js';
import type { Html } from '../html.js';
import { placeBlockLabels } from './block-labels.js';
import { plotConfusionMatrix } from './confusion-matrix.js';
import { plotMemoryPlan } from './memory-plan.js';
import { parseMarkup } from '../parse-markup.js';
import { drawPixelImage } from './pixel-image.js';
import { plotTrainingCurve } from './training-curve.js';

/** The texts, and the rectangles as numbers, of a picture. */
function partsOf(picture: Html): { texts: string[]; rectangles: Record<'x' | 'y' | 'width' | 'height', number>[] } {
  const document = parseMarkup(`<body>${picture.text}</body>`);
  return {
    texts: [...document.querySelectorAll('text')].map((element) => element.textContent.replace(/\s/g, ' ')),
    rectangles: [...document.querySelectorAll('rect')].map((rectangle) => ({
      x: Number(rectangle.getAttribute('x')),
      y: Number(rectangle.getAttribute('y')),
      width: Number(rectangle.getAttribute('width')),
      height: Number(rectangle.getAttribute('height')),
    })),
  };
}

const PLAN = {
  steps: ['conv', 'pool', 'dense', 'softmax'],
  blocks: [
    { tensors: ['a'], offset: 0, bytes: 300, firstStep: 0, lastStep: 1 },
    { tensors: ['b'], offset: 300, bytes: 100, firstStep: 1, lastStep: 3 },
  ],
  arenaBytes: 400,
  lowerBoundBytes: 400,
};

test('a block is as high as its bytes, as long as its steps, and stands on its offset', () => {
  const [a, b] = partsOf(plotMemoryPlan('', PLAN)).rectangles;
  if (a === undefined || b === undefined) throw new Error('two rectangles were expected');
  expect(a.height / b.height).toBeCloseTo(3, 6);
  expect(a.width / b.width).toBeCloseTo(2 / 3, 6);
  expect(b.y + b.height).toBeCloseTo(a.y, 6);
  expect(b.x - a.x).toBeCloseTo(a.width / 2, 6);
});

test('the lower bound has its own line only where it is not the arena', () => {
  expect(partsOf(plotMemoryPlan('', PLAN)).texts).toContain('arena =lower bound400 B');
  const apart = partsOf(plotMemoryPlan('', { ...PLAN, lowerBoundBytes: 360 })).texts;
  expect(apart).toContain('arena400 B');
  expect(apart).toContain('lower bound360 B');
});

test('labels of thin blocks above one another do not touch', () => {
  const blocks = Array.from({ length: 6 }, (_, i) => ({
    tensors: [`t${i}`],
    offset: i * 4,
    bytes: 4,
    firstStep: 0,
    lastStep: 2,
  }));
  const heights = placeBlockLabels(blocks, 40, 0.1).map((label) => label.byte * 0.1);
  const sorted = heights.sort((a, b) => a - b);
  for (let i = 1; i < sorted.length; i++) expect((sorted[i] ?? 0) - (sorted[i - 1] ?? 0)).toBeCloseTo(14, 6);
});

test('a confusion matrix shows rows as true classes and columns as classes read', () => {
  const { texts, rectangles } = partsOf(plotConfusionMatrix('', [[5, 2], [0, 9]], ['wing', 'ring'])); // prettier-ignore
  expect(rectangles).toHaveLength(4);
  expect(texts.slice(-4)).toEqual(['0', '5', '2', '9']);
  const document = parseMarkup(plotConfusionMatrix('', [[5, 2], [0, 9]], ['wing', 'ring']).text); // prettier-ignore
  const place = (text: string): number[] => {
    const found = [...document.querySelectorAll('text')].find((element) => element.textContent === text);
    return (found?.getAttribute('transform') ?? '').match(/[\d.]+/g)?.map(Number) ?? [];
  };
  expect(place('2')[0]).toBeGreaterThan(place('5')[0] ?? Infinity);
  expect(place('2')[1]).toBe(place('5')[1]);
  expect(place('0')[1]).toBe(place('9')[1]);
});

test('the two names at the end of equal curves stand apart', () => {
  const points = [1, 2, 3].map((epoch) => ({ epoch, training: 0.5, testing: 0.5 }));
  const document = parseMarkup(plotTrainingCurve({ label: 'loss', description: '', points, zero: true }).text);
  const [training, testing] = [...document.querySelectorAll('.name')].map((group) =>
    Number((group.getAttribute('transform') ?? '').match(/-?[\d.]+\)/)?.[0]?.replace(')', '')),
  );
  expect(Math.abs((training ?? 0) - (testing ?? 0))).toBeGreaterThanOrEqual(13);
});

test('a pixel is drawn at its column and row with its share of ink', () => {
  const image = drawPixelImage(Uint8Array.from([0, 16, 0, 4, 4, 200]), 3, 'x').text;
  expect(image).toContain('viewBox="0 0 3 2"');
  expect(image).toContain('<path opacity="1" d="M1 0h1v1h-1zM2 1h1v1h-1z"/>');
  expect(image).toContain('<path opacity="0.25" d="M0 1h2v1h-2z"/>');
  expect(image.match(/<path/g)).toHaveLength(2);
});

test('shortening keeps both ends and never halves a character', () => {
  expect(shorten('abcdefghij', 7)).toBe('abcd\u2026ij');
  expect(shorten('\u{1f600}'.repeat(9), 5)).toBe(`${'\u{1f600}'.repeat(3)}\u2026\u{1f600}`);
  expect(shorten('short', 5)).toBe('short');
});

import { expect, test } from 'vitest';
import type { Html } from '../html.js';
import { parseMarkup } from '../parse-markup.js';
import { plotClassPlane } from './class-plane.js';
import { plotCovariance } from './covariance.js';
import { plotExplainedVariance } from './explained-variance.js';
import { plotTiles } from './tile-sheet.js';
import { plotWeightHistograms } from './weight-histograms.js';

/** The cells of a picture: sign, share of ink, and the square's corners. */
function cellsOf(picture: Html): { sign: string; ink: number; left: number; top: number; right: number }[] {
  const paths = [...parseMarkup(`<body>${picture.text}</body>`).querySelectorAll('.cells path')];
  return paths.flatMap((path) =>
    [...path.getAttribute('d')!.matchAll(/M([\d.]+) ([\d.]+)H([\d.]+)/g)].map(([, left, top, right]) => ({
      sign: path.getAttribute('class')!,
      ink: Number(path.getAttribute('fill-opacity')),
      left: Number(left),
      top: Number(top),
      right: Number(right),
    })),
  );
}

function textsOf(picture: Html): string[] {
  const texts = [...parseMarkup(`<body>${picture.text}</body>`).querySelectorAll('text')];
  return texts.map((element) => element.textContent.replace(/\s/g, ' '));
}

test('a tile has a square for each pixel with ink, where the pixel is', () => {
  const tile = { pixels: [1, 0, 0.5, -1], columns: 2, label: 'four' };
  const picture = plotTiles('', [tile, tile], { perRow: 2, pixelSize: 5 });
  const cells = cellsOf(picture);
  expect(cells).toHaveLength(6);
  const [negative] = cells;
  expect(negative).toMatchObject({ sign: 'negative', ink: 1 });
  const full = cells.filter(({ sign, ink }) => sign === 'positive' && ink === 1);
  expect(full).toHaveLength(2);
  expect(negative!.left - full[0]!.left).toBeCloseTo(5, 1);
  expect(negative!.top - full[0]!.top).toBeCloseTo(5, 1);
  expect(cells.find(({ ink }) => ink === 0.5)).toMatchObject({ left: full[0]!.left, top: negative!.top });
  expect(textsOf(picture)).toEqual(['four', 'four']);
});

test('a covariance is drawn row by row downwards, with its sign and its legend', () => {
  const covariance = [
    [1, -0.5, 0],
    [-0.5, 1, 0],
    [0, 0, 0],
  ];
  const cells = cellsOf(plotCovariance('', covariance, 1));
  const inside = cells.filter(({ right }) => right <= 52 + 3 * 5 + 0.01);
  expect(inside.filter(({ sign }) => sign === 'positive')).toHaveLength(2);
  const [first, second] = inside.filter(({ sign }) => sign === 'positive');
  expect(second!.top).toBeGreaterThan(first!.top);
  expect(second!.left).toBeGreaterThan(first!.left);
  expect(inside.filter(({ sign, ink }) => sign === 'negative' && ink === 0.5)).toHaveLength(2);
  expect(textsOf(plotCovariance('', covariance, 1))).toEqual(expect.arrayContaining(['covariance', '1', '\u22121']));
});

test('the mark stands at the first component with ninety per cent behind it', () => {
  expect(textsOf(plotExplainedVariance('', [0.5, 0.3, 0.15, 0.05]))).toContain('3 components hold 95.0 %');
});

test('each point is drawn as its class, in that colour', () => {
  const points = [
    { x: 0, y: 0, label: 1 },
    { x: 4, y: 2, label: 0 },
    { x: 2, y: 4, label: 1 },
  ];
  const picture = plotClassPlane('', points, ['a', 'b'], { x: 'across', y: 'up' });
  const document = parseMarkup(`<body>${picture.text}</body>`);
  expect([...document.querySelectorAll('.class-1 text')].map(({ textContent }) => textContent)).toEqual(['b', 'b']);
  expect(document.querySelectorAll('.class-0 text')).toHaveLength(1);
  expect(textsOf(picture)).toEqual(expect.arrayContaining(['across', 'up']));
});

test('a histogram says how many weights there are, what a step is worth and how high the highest bar is', () => {
  const values = Int8Array.from([-127, 127, 3, 3, 3, 4, 5, 6, 7, 8]);
  const texts = textsOf(plotWeightHistograms('', [{ name: 'dense', values, steps: [0.5, 0.25] }]));
  expect(texts).toContain('dense: 10 weights, steps of 0.25 to 0.50; highest bar 30.0 %');
});

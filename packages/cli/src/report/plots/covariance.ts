import * as Plot from '@observablehq/plot';
import type { Html } from '../html.js';
import { levelCells } from './level-cells.js';
import { renderPlot } from './plot-svg.js';

const CELL = 5;
const MARGIN = { top: 20, right: 84, bottom: 44, left: 52 };
const LEGEND_STEPS = 17;

/**
 * Draws a covariance matrix of standardised pixels as a heat map: the first colour for pixels that grow together, the second
 * for those of which one grows as the other falls; the legend to the right.
 *
 * @param covariance [features, features], about -1 .. 1
 * @param columns Pixels in a row of the image: the ticks stand at the beginnings of rows.
 */
export function plotCovariance(description: string, covariance: readonly (readonly number[])[], columns: number): Html {
  const features = covariance.length;
  const side = features * CELL;
  const ticks = Array.from({ length: Math.ceil(features / columns) }, (_, row) => row * columns);
  const axis = { domain: [0, features], ticks, tickFormat: String, labelAnchor: 'center', labelArrow: 'none' } as const;
  const cells = covariance.flatMap((row, y) => row.map((value, x) => ({ x, y, value })));
  const legend = Array.from({ length: LEGEND_STEPS }, (_, i) => ({
    x: features * 1.05,
    y: (i * features) / LEGEND_STEPS,
    value: 1 - (2 * i) / (LEGEND_STEPS - 1),
  }));
  const marks = [1, 0.5, 0, -0.5, -1].map((value) => ({
    x: features * 1.05 + features * 0.055,
    y: ((1 - value) / 2) * (features * (1 - 1 / LEGEND_STEPS)) + features / LEGEND_STEPS / 2,
    value,
  }));
  return renderPlot(description, {
    width: MARGIN.left + side + MARGIN.right,
    height: MARGIN.top + side + MARGIN.bottom,
    marginTop: MARGIN.top,
    marginRight: MARGIN.right,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    x: { ...axis, label: 'pixel, row by row from the top left' },
    y: { ...axis, reverse: true, label: 'pixel, row by row from the top left' },
    marks: [
      Plot.rect([{}], { x1: 0, y1: 0, x2: features, y2: features, className: 'paper' }),
      levelCells(cells),
      levelCells(legend, features * 0.04, features / LEGEND_STEPS),
      Plot.text(marks, {
        x: 'x',
        y: 'y',
        text: ({ value }: { value: number }) => String(value).replace('-', '\u2212'),
        textAnchor: 'start',
      }),
      Plot.text([{ x: features * 1.05, y: 0 }], {
        x: 'x',
        y: 'y',
        text: () => 'covariance',
        textAnchor: 'start',
        dy: -10,
        className: 'name',
      }),
    ],
  });
}

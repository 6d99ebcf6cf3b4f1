import * as Plot from '@observablehq/plot';
import { formatCount, shorten } from '../format-figures.js';
import type { Html } from '../html.js';
import { renderPlot } from './plot-svg.js';

/**
 * Draws a confusion matrix: a row per true class, a column per class read, each cell with its count. The diagonal is
 * shaded by the share read rightly, the rest by the count against the worst of them.
 *
 * @param counts [true class][class read]
 */
export function plotConfusionMatrix(
  description: string,
  counts: readonly (readonly number[])[],
  classes: readonly string[],
): Html {
  const names = classes.map((name) => shorten(name, 14));
  const left = 34 + 7 * Math.max(1, ...names.map((name) => name.length));
  const rotated = names.some((name) => name.length > 4);
  const top = rotated ? left + 6 : 44;
  const axis = {
    domain: counts.map((_, i) => i),
    tickFormat: (i: number) => names[i] ?? String(i),
    tickSize: 0,
    labelArrow: 'none' as const,
  };
  return renderPlot(description, {
    width: left + 12 + counts.length * 36,
    height: top + 12 + counts.length * 36,
    marginLeft: left,
    marginTop: top,
    marginRight: 12,
    marginBottom: 12,
    padding: 0.04,
    x: { ...axis, axis: 'top', label: 'read as', labelAnchor: 'center', tickRotate: rotated ? -90 : 0 },
    y: { ...axis, label: 'true class', labelAnchor: 'center' },
    marks: cellMarks(shadeCells(counts)),
    opacity: { type: 'identity' },
  });
}

interface Cell {
  truth: number;
  read: number;
  count: number;
  /** Opacity 0..0.45, so that the figures stay legible on every cell in light and in dark. */
  shade: number;
}

function shadeCells(counts: readonly (readonly number[])[]): Cell[] {
  const worst = Math.max(1, ...counts.flatMap((row, truth) => row.filter((_, read) => read !== truth)));
  return counts.flatMap((row, truth) => {
    const images = Math.max(
      1,
      row.reduce((sum, count) => sum + count, 0),
    );
    return row.map((count, read) => {
      const wrong = count === 0 ? 0.03 : 0.12 + 0.33 * (count / worst);
      const shade = truth === read ? 0.4 * (count / images) : wrong;
      return { truth, read, count, shade: Math.round(shade * 1000) / 1000 };
    });
  });
}

function cellMarks(cells: readonly Cell[]): Plot.Markish[] {
  const right = cells.filter((cell) => cell.truth === cell.read);
  const wrong = cells.filter((cell) => cell.truth !== cell.read);
  const place = { x: 'read', y: 'truth' };
  const text = (cell: Cell): string => formatCount(cell.count);
  return [
    Plot.cell(right, { ...place, fillOpacity: 'shade', className: 'right-cell' }),
    Plot.cell(wrong, { ...place, fillOpacity: 'shade', className: 'wrong-cell' }),
    Plot.text(
      wrong.filter(({ count }) => count === 0),
      { ...place, text, className: 'zero' },
    ),
    Plot.text(
      cells.filter((cell) => cell.truth === cell.read || cell.count > 0),
      { ...place, text },
    ),
  ];
}

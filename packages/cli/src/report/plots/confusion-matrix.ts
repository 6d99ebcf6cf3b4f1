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
  const cells = counts.flatMap((row, truth) =>
    row.map((count, read) => ({ truth, read, count, shade: shadeOf(counts, truth, read) })),
  );
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
    marks: [
      Plot.cell(cells.filter(isRight), { x: 'read', y: 'truth', fillOpacity: 'shade', className: 'right-cell' }),
      Plot.cell(
        cells.filter((cell) => !isRight(cell)),
        { x: 'read', y: 'truth', fillOpacity: 'shade', className: 'wrong-cell' },
      ),
      Plot.text(
        cells.filter((cell) => cell.count === 0),
        { x: 'read', y: 'truth', text: () => '0', className: 'zero' },
      ),
      Plot.text(
        cells.filter((cell) => cell.count > 0),
        { x: 'read', y: 'truth', text: (cell: Cell) => formatCount(cell.count) },
      ),
    ],
    opacity: { type: 'identity' },
  });
}

interface Cell {
  truth: number;
  read: number;
  count: number;
}

function isRight(cell: Cell): boolean {
  return cell.truth === cell.read;
}

/** Opacity 0..0.6, so that the figures stay legible on every cell in light and in dark. */
function shadeOf(counts: readonly (readonly number[])[], truth: number, read: number): number {
  const count = counts[truth]?.[read] ?? 0;
  if (truth === read)
    return round(
      0.4 *
        (count /
          Math.max(
            1,
            (counts[truth] ?? []).reduce((sum, n) => sum + n, 0),
          )),
    );
  const worst = Math.max(1, ...counts.flatMap((row, i) => row.filter((_, j) => i !== j)));
  return count === 0 ? 0.03 : round(0.15 + 0.45 * (count / worst));
}

function round(opacity: number): number {
  return Math.round(opacity * 1000) / 1000;
}

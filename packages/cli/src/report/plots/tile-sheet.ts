import * as Plot from '@observablehq/plot';
import type { Html } from '../html.js';
import { levelCells, type LevelCell } from './level-cells.js';
import { renderPlot } from './plot-svg.js';

/** A small picture with a word above it. */
export interface Tile {
  /** Row-major, -1 .. 1: ink of the first colour above zero, of the second below. */
  readonly pixels: readonly number[];
  readonly columns: number;
  readonly label: string;
}

export interface TileSheetOptions {
  readonly perRow: number;
  /** CSS pixels. */
  readonly pixelSize: number;
}

/** Space for a word, and between tiles, in CSS pixels. */
const LABEL = 16;
const GAP = 10;

/** Draws small pictures in rows. All tiles have the size of the greatest. */
export function plotTiles(description: string, tiles: readonly Tile[], options: TileSheetOptions): Html {
  const { perRow, pixelSize } = options;
  const rowsOf = ({ pixels, columns }: Tile): number => Math.ceil(pixels.length / columns);
  const wide = Math.max(1, ...tiles.map(({ columns }) => columns)) * pixelSize;
  const tall = Math.max(1, ...tiles.map(rowsOf)) * pixelSize;
  const labelled = tiles.some(({ label }) => label !== '');
  const above = labelled ? LABEL : 0;
  const place = (i: number): { left: number; top: number } => ({
    left: (i % perRow) * (wide + GAP),
    top: Math.floor(i / perRow) * (tall + above + GAP) + above,
  });
  const columns = Math.min(perRow, Math.max(1, tiles.length));
  const width = columns * (wide + GAP) - GAP + 2;
  const height = Math.max(1, Math.ceil(tiles.length / perRow)) * (tall + above + GAP) - GAP + 2;
  const cells: LevelCell[] = tiles.flatMap((tile, i) =>
    tile.pixels.map((value, pixel) => ({
      x: place(i).left + (pixel % tile.columns) * pixelSize,
      y: place(i).top + Math.floor(pixel / tile.columns) * pixelSize,
      value,
    })),
  );
  const frames = tiles.map((_, i) => ({
    x1: place(i).left,
    y1: place(i).top,
    x2: place(i).left + wide,
    y2: place(i).top + tall,
  }));
  const words = tiles.map(({ label }, i) => ({ x: place(i).left + wide / 2, y: place(i).top - LABEL / 2, label }));
  return renderPlot(description, {
    width,
    height,
    margin: 1,
    x: { axis: null, domain: [0, width - 2], range: [1, width - 1] },
    y: { axis: null, domain: [0, height - 2], range: [1, height - 1] },
    marks: [
      Plot.rect(frames, { x1: 'x1', y1: 'y1', x2: 'x2', y2: 'y2', className: 'paper' }),
      levelCells(cells, pixelSize, pixelSize),
      Plot.text(words, { x: 'x', y: 'y', text: 'label', className: 'tile-name' }),
    ],
  });
}

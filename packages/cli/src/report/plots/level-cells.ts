import type * as Plot from '@observablehq/plot';

/** A square of a picture made of cells; its lower corner in the plot's units, and how much ink it has: -1 .. 1. */
export interface LevelCell {
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/** Shades on either side of zero. A path for each keeps a picture of thousands of cells small. */
const LEVELS = 16;

interface SvgElement {
  setAttribute(name: string, value: string): void;
  append(child: SvgElement): void;
}

interface SvgDocument {
  createElementNS(namespace: string, name: string): SvgElement;
}

/**
 * A mark of Plot's that draws cells of 1 x 1: `class="positive"` or `class="negative"`, with an opacity in sixteenths by how
 * much ink they have. What has less than half of a sixteenth is not drawn.
 *
 * @param width Of a cell, in the units of x; likewise the height.
 */
export function levelCells(cells: readonly LevelCell[], width = 1, height = 1): Plot.Markish {
  const draw = (
    _index: unknown,
    scales: { x: (value: number) => number; y: (value: number) => number },
    _values: unknown,
    _dimensions: unknown,
    context: { document: SvgDocument },
  ): SvgElement => {
    const element = (name: string, attributes: Readonly<Record<string, string>>): SvgElement => {
      const made = context.document.createElementNS('http://www.w3.org/2000/svg', name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      return made;
    };
    const group = element('g', { class: 'cells' });
    for (const [level, path] of pathsOf(cells, scales, width, height)) {
      const sign = level < 0 ? 'negative' : 'positive';
      group.append(element('path', { class: sign, 'fill-opacity': String(Math.abs(level) / LEVELS), d: path }));
    }
    return group;
  };
  return draw as unknown as Plot.Markish;
}

function pathsOf(
  cells: readonly LevelCell[],
  { x, y }: { x: (value: number) => number; y: (value: number) => number },
  width: number,
  height: number,
): [level: number, path: string][] {
  const paths = new Map<number, string>();
  for (const cell of cells) {
    const level = Math.round(Math.max(-1, Math.min(1, cell.value)) * LEVELS);
    if (level === 0) continue;
    const [left, right] = [short(x(cell.x)), short(x(cell.x + width))];
    const [top, bottom] = [short(y(cell.y)), short(y(cell.y + height))];
    paths.set(level, `${paths.get(level) ?? ''}M${left} ${top}H${right}V${bottom}H${left}z`);
  }
  return [...paths].sort(([a], [b]) => a - b);
}

/** Two decimals of a CSS pixel. */
function short(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}

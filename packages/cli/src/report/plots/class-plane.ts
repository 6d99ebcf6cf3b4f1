import * as Plot from '@observablehq/plot';
import type { Html } from '../html.js';
import { renderPlot } from './plot-svg.js';

/** A point of a plane and the class that it belongs to. */
export interface ClassPoint {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

/** Colours that the style sheet has for classes. */
const COLOURS = 10;
const SIZE = 460;

/** Draws points of a plane as the names of their classes, each class in a colour of its own. */
export function plotClassPlane(
  description: string,
  points: readonly ClassPoint[],
  classes: readonly string[],
  axes: { readonly x: string; readonly y: string },
): Html {
  const axis = { labelAnchor: 'center', labelArrow: 'none', grid: true, nice: true, ticks: 6 } as const;
  return renderPlot(description, {
    width: SIZE,
    height: SIZE,
    marginTop: 14,
    marginRight: 14,
    marginBottom: 42,
    marginLeft: 52,
    x: { ...axis, label: axes.x },
    y: { ...axis, label: axes.y },
    marks: classes.map((name, label) =>
      Plot.text(
        points.filter((point) => point.label === label),
        { x: 'x', y: 'y', text: () => name, className: `class-${label % COLOURS}` },
      ),
    ),
  });
}

import * as Plot from '@observablehq/plot';
import type { Html } from '../html.js';
import { renderPlot } from './plot-svg.js';

/** One curve pair: the same quantity on the training set and on the test set. */
export interface TrainingCurve {
  /** The y axis, with its unit. */
  label: string;
  description: string;
  points: readonly { epoch: number; training: number; testing: number }[];
  /** Whether the y axis starts at zero. */
  zero: boolean;
}

const WIDTH = 380;
const HEIGHT = 260;
const MARGIN = { top: 32, right: 66, bottom: 42, left: 48 };

/** Draws a quantity over the epochs: training as a solid line, testing as a dashed one, each named at its end. */
export function plotTrainingCurve({ label, description, points, zero }: TrainingCurve): Html {
  const finite = points.filter((point) => Number.isFinite(point.training) && Number.isFinite(point.testing));
  return renderPlot(description, {
    width: WIDTH,
    height: HEIGHT,
    marginTop: MARGIN.top,
    marginRight: MARGIN.right,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    x: {
      label: 'epoch',
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: wholeTicks(points.map((p) => p.epoch)),
      tickFormat: String,
    },
    y: { label, labelArrow: 'none', grid: true, zero, nice: true, ticks: 6 },
    marks: [
      Plot.lineY(finite, { x: 'epoch', y: 'training', className: 'training line' }),
      Plot.dotY(finite, { x: 'epoch', y: 'training', r: 2, className: 'training dot' }),
      Plot.lineY(finite, { x: 'epoch', y: 'testing', strokeDasharray: '5,3', className: 'testing line' }),
      Plot.dotY(finite, { x: 'epoch', y: 'testing', r: 2.4, symbol: 'square', className: 'testing dot' }),
      ...endLabels(finite, zero),
    ],
  });
}

/** The names of the two curves beside their last points, pushed apart where they would touch. */
function endLabels(points: TrainingCurve['points'], zero: boolean): Plot.Markish[] {
  const last = points.at(-1);
  if (last === undefined) return [];
  const values = points.flatMap((point) => [point.training, point.testing]);
  const range = Math.max(...values) - (zero ? 0 : Math.min(...values)) || 1;
  const gapPixels = (Math.abs(last.training - last.testing) / range) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const push = Math.max(0, (14 - gapPixels) / 2) * (last.training >= last.testing ? -1 : 1);
  const label = (name: 'training' | 'testing', dy: number): Plot.Markish =>
    Plot.text([last], {
      x: 'epoch',
      y: name,
      text: () => name,
      textAnchor: 'start',
      dx: 8,
      dy,
      className: `${name} name`,
    });
  return [label('training', push), label('testing', -push)];
}

/** At most about ten whole numbers from the first epoch to the last. */
function wholeTicks(epochs: readonly number[]): number[] {
  const last = epochs.at(-1) ?? 1;
  const first = epochs[0] ?? 1;
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(1, (last - first) / 8)));
  const step =
    [1, 2, 5, 10].map((factor) => factor * magnitude).find((size) => (last - first) / size <= 10) ?? magnitude;
  const multiples = Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
  const ticks = multiples.filter((tick) => tick > first && tick <= last);
  return ticks[0] !== undefined && ticks[0] - first < step / 2 ? [first, ...ticks.slice(1)] : [first, ...ticks];
}

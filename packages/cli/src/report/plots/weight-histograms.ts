import * as Plot from '@observablehq/plot';
import { formatCount } from '../format-figures.js';
import type { Html } from '../html.js';
import { renderPlot } from './plot-svg.js';

/** The weights of one layer on their grid. */
export interface WeightGrid {
  readonly name: string;
  /** The integers that stand for the weights. */
  readonly values: Int8Array;
  /** What one step of the grid is worth, one per output channel or one for all. */
  readonly steps: readonly number[];
}

const WIDTH = 560;
const ROW = 120;
const GREATEST = 127;
/** Share of a row above its bars, for the caption. */
const HEADROOM = 0.35;

/**
 * Draws how often each of the 255 values of the int8 grid is taken, a row per layer: one bar is one step of the grid, as high
 * as it is frequent beside the layer's most frequent value between the ends. Each channel has a step of its own, so that the
 * widest weight of each lies at -127 or 127: those bars are cut off where they are higher.
 */
export function plotWeightHistograms(description: string, layers: readonly WeightGrid[]): Html {
  const bars = layers.flatMap(({ name, values }) =>
    heights(values).map((height, i) => ({ layer: name, value: i - GREATEST - 0.5, height })),
  );
  const captions = layers.map(({ name, values, steps }) => ({
    layer: name,
    text: `${name}: ${formatCount(values.length)} weights, steps of ${stepRange(steps)}; highest bar ${shareText(values)}`,
  }));
  return renderPlot(description, {
    width: WIDTH,
    height: 8 + 44 + layers.length * ROW,
    marginTop: 8,
    marginRight: 16,
    marginBottom: 44,
    marginLeft: 24,
    fy: { domain: layers.map(({ name }) => name), axis: null, padding: 0.12 },
    x: {
      label: 'weight, in steps of its channel\u2019s grid',
      labelAnchor: 'center',
      labelArrow: 'none',
      domain: [-GREATEST - 1, GREATEST + 1],
      ticks: [-127, -64, 0, 64, 127],
      tickFormat: (x: number) => String(x).replace('-', '\u2212'),
    },
    y: { axis: null, domain: [0, 1 + HEADROOM] },
    marks: [
      Plot.areaY(bars, { fy: 'layer', x: 'value', y: 'height', curve: 'step-after', className: 'bar' }),
      Plot.ruleY([0]),
      Plot.text(captions, {
        fy: 'layer',
        text: 'text',
        frameAnchor: 'top-left',
        textAnchor: 'start',
        dx: 6,
        dy: 2,
        lineHeight: 1.3,
      }),
    ],
  });
}

/** How many of the values are each of -127 .. 127. */
function countsOf(values: Int8Array): number[] {
  const counts = new Array<number>(2 * GREATEST + 1).fill(0);
  for (const value of values) counts[Math.max(-GREATEST, value) + GREATEST]!++;
  return counts;
}

/** The most frequent value's count, without the ends; of a layer that has nothing else, with them. */
function peakOf(counts: readonly number[]): number {
  const between = Math.max(...counts.slice(1, -1));
  return between > 0 ? between : Math.max(1, ...counts);
}

/** The bars of -127 .. 127 as shares of the peak, and a 0 that closes the area. */
function heights(values: Int8Array): number[] {
  const counts = countsOf(values);
  const peak = peakOf(counts);
  return [...counts.map((count) => Math.min(1, count / peak)), 0];
}

function shareText(values: Int8Array): string {
  return `${((100 * peakOf(countsOf(values))) / Math.max(1, values.length)).toFixed(1)}\u00a0%`;
}

function stepRange(steps: readonly number[]): string {
  const [least, greatest] = [Math.min(...steps), Math.max(...steps)];
  const text = (step: number): string => step.toPrecision(2);
  return text(least) === text(greatest) ? text(least) : `${text(least)} to ${text(greatest)}`;
}

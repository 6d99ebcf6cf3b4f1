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

/**
 * Draws how often each of the 255 values of the int8 grid is taken, a row per layer: one bar is one step of the grid. Each
 * channel has a step of its own, so that the widest weight of each lies at -127 or 127.
 */
export function plotWeightHistograms(description: string, layers: readonly WeightGrid[]): Html {
  const bars = layers.flatMap(({ name, values }) =>
    shares(values).map((percent, i) => ({ layer: name, value: i - GREATEST - 0.5, percent })),
  );
  const captions = layers.map(({ name, values, steps }) => ({
    layer: name,
    text: `${name}: ${formatCount(values.length)} weights\nsteps ${stepRange(steps)}`,
  }));
  return renderPlot(description, {
    width: WIDTH,
    height: 34 + 44 + layers.length * ROW,
    marginTop: 34,
    marginRight: 16,
    marginBottom: 44,
    marginLeft: 52,
    fy: { domain: layers.map(({ name }) => name), axis: null, padding: 0.12 },
    x: {
      label: 'weight, in steps of its channel\u2019s grid',
      labelAnchor: 'center',
      labelArrow: 'none',
      domain: [-GREATEST - 1, GREATEST + 1],
      ticks: [-127, -64, 0, 64, 127],
      tickFormat: (x: number) => String(x).replace('-', '\u2212'),
    },
    y: { label: 'share of the layer\u2019s weights (%)', labelArrow: 'none', grid: true, ticks: 3, nice: true },
    marks: [
      Plot.areaY(bars, { fy: 'layer', x: 'value', y: 'percent', curve: 'step-after', className: 'bar' }),
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

/** Per cent of the values at each of -127 .. 127, and a 0 that closes the area. */
function shares(values: Int8Array): number[] {
  const counts = new Array<number>(2 * GREATEST + 2).fill(0);
  for (const value of values) counts[Math.max(-GREATEST, value) + GREATEST]!++;
  return counts.map((count) => (100 * count) / Math.max(1, values.length));
}

function stepRange(steps: readonly number[]): string {
  const [least, greatest] = [Math.min(...steps), Math.max(...steps)];
  const text = (step: number): string => step.toPrecision(2);
  return text(least) === text(greatest) ? text(least) : `${text(least)} to ${text(greatest)}`;
}

import * as Plot from '@observablehq/plot';
import type { Html } from '../html.js';
import { renderPlot } from './plot-svg.js';

/** The share that the picture marks. */
const MARKED = 90;

/** Draws the share of the variance along each principal component as bars, and their sum so far as a line. */
export function plotExplainedVariance(description: string, shares: readonly number[]): Html {
  let sum = 0;
  const bars = shares.map((share, i) => ({
    component: i + 1,
    percent: share * 100,
    total: Math.min(100, (sum += share * 100)),
  }));
  const enough = bars.find(({ total }) => total >= MARKED) ?? bars.at(-1)!;
  return renderPlot(description, {
    width: 470,
    height: 280,
    marginTop: 30,
    marginRight: 20,
    marginBottom: 42,
    marginLeft: 48,
    x: { label: 'principal component', labelAnchor: 'center', labelArrow: 'none', domain: [0, bars.length + 1] },
    y: { label: 'share of the variance (%)', labelArrow: 'none', grid: true, domain: [0, 100] },
    marks: [
      Plot.rectY(bars, {
        x1: ({ component }: { component: number }) => component - 0.4,
        x2: ({ component }: { component: number }) => component + 0.4,
        y: 'percent',
        className: 'bar',
      }),
      Plot.lineY(bars, { x: 'component', y: 'total', className: 'testing line' }),
      Plot.ruleX([enough], { x: 'component', y1: 0, y2: 'total', strokeDasharray: '3,3' }),
      Plot.dot([enough], { x: 'component', y: 'total', r: 3, className: 'testing dot' }),
      Plot.text([enough], {
        x: 'component',
        y: 'total',
        text: ({ component, total }: { component: number; total: number }) =>
          `${component} components hold ${total.toFixed(1)} %`,
        textAnchor: 'start',
        dx: 8,
        dy: 14,
      }),
      Plot.text([bars[Math.floor(bars.length / 8)]!], {
        x: 'component',
        y: 'total',
        text: () => 'all so far',
        textAnchor: 'start',
        dx: 8,
        dy: 8,
        className: 'testing name',
      }),
      Plot.text([bars[Math.floor(bars.length / 8)]!], {
        x: 'component',
        y: 'percent',
        text: () => 'each',
        textAnchor: 'start',
        dy: -9,
        className: 'training name',
      }),
    ],
  });
}

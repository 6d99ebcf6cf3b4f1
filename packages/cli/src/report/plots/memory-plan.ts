import * as Plot from '@observablehq/plot';
import { formatBytes, formatCount, shorten } from '../format-figures.js';
import type { Html } from '../html.js';
import type { BlockReport } from '../report-data.js';
import { placeBlockLabels, type BlockLabel } from './block-labels.js';
import { renderPlot } from './plot-svg.js';

/** What the memory picture is drawn from. */
export interface MemoryPlan {
  steps: readonly string[];
  blocks: readonly BlockReport[];
  arenaBytes: number;
  lowerBoundBytes: number;
}

const MARGIN = { top: 30, right: 108 };
const PLAN_HEIGHT = 300;
const MAX_NAMED_STEPS = 48;
const MAX_NAME = 17;

/**
 * Draws a memory plan: the steps to the right, the bytes of the arena upwards, a rectangle per block from its first
 * step to its last, and the lower bound as a dashed line. The blocks are numbered from 1 in the order given.
 */
export function plotMemoryPlan(description: string, plan: MemoryPlan): Html {
  const planWidth = Math.min(1400, Math.max(500, plan.steps.length * 40));
  const top = Math.max(
    1,
    plan.arenaBytes,
    plan.lowerBoundBytes,
    ...plan.blocks.map((block) => block.offset + block.bytes),
  );
  const names = plan.steps.map((name) => shorten(name, MAX_NAME));
  const bottom = 40 + Math.round(4.2 * Math.max(0, ...names.map((name) => name.length)));
  const left = Math.max(66, 14 + Math.round(4.7 * (names[0]?.length ?? 0)));
  const every = Math.ceil(plan.steps.length / MAX_NAMED_STEPS);
  const labels = placeBlockLabels(plan.blocks, planWidth / Math.max(1, plan.steps.length), PLAN_HEIGHT / top);
  return renderPlot(description, {
    width: left + planWidth + MARGIN.right,
    height: MARGIN.top + PLAN_HEIGHT + bottom,
    marginTop: MARGIN.top,
    marginRight: MARGIN.right,
    marginBottom: bottom,
    marginLeft: left,
    x: {
      domain: [0, Math.max(1, plan.steps.length)],
      ticks: plan.steps.flatMap((_, i) => (i % every === 0 ? [i + 0.5] : [])),
      tickFormat: (x: number) => names[Math.floor(x)] ?? '',
      tickRotate: -40,
      label: 'step',
      labelOffset: bottom - 6,
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    y: { domain: [0, top], label: 'arena (bytes)', labelArrow: 'none', grid: true, ticks: 6, tickFormat: formatCount },
    marks: [...blockMarks(plan.blocks, labels), ...limitMarks(plan, top)],
  });
}

function blockMarks(blocks: readonly BlockReport[], labels: readonly BlockLabel[]): Plot.Markish[] {
  return [
    Plot.rect(blocks, {
      x1: 'firstStep',
      x2: (block: BlockReport) => block.lastStep + 1,
      y1: 'offset',
      y2: (block: BlockReport) => block.offset + block.bytes,
      className: 'block',
    }),
    Plot.text(labels, { x: 'step', y: 'byte', text: 'text', lineHeight: 1.25, className: 'block-name' }),
  ];
}

/** The arena's size and the lower bound: two lines with their names to the right, or one where they are equal. */
function limitMarks({ arenaBytes, lowerBoundBytes, steps }: MemoryPlan, top: number): Plot.Markish[] {
  const name = (y: number, text: string, dy: number): Plot.Markish =>
    Plot.text([{ x: Math.max(1, steps.length), y }], {
      x: 'x',
      y: 'y',
      text: () => text,
      textAnchor: 'start',
      dx: 6,
      dy,
      lineHeight: 1.25,
      className: 'limit-name',
    });
  const bound = Plot.ruleY([lowerBoundBytes], { strokeDasharray: '6,4', className: 'lower-bound' });
  if (arenaBytes === lowerBoundBytes)
    return [bound, name(arenaBytes, `arena =\nlower bound\n${formatBytes(arenaBytes)}`, 6)];
  const gapPixels = ((arenaBytes - lowerBoundBytes) / top) * PLAN_HEIGHT;
  const push = Math.max(0, (32 - Math.abs(gapPixels)) / 2) * Math.sign(gapPixels);
  return [
    Plot.ruleY([arenaBytes], { className: 'arena' }),
    bound,
    name(arenaBytes, `arena\n${formatBytes(arenaBytes)}`, -push),
    name(lowerBoundBytes, `lower bound\n${formatBytes(lowerBoundBytes)}`, push),
  ];
}

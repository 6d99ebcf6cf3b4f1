import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as Plot from '@observablehq/plot';
import { pictureFiles } from '../../packages/cli/src/pictures/write-picture.js';
import { renderPlot } from '../../packages/cli/src/report/plots/plot-svg.js';
import { ROOT } from '../cli/kiln-process.js';
import type { Figures } from './figures.js';

/** What the networks cost on a Cortex-M4 at -O3 after each change that was worth a name. */
const FILE = join(ROOT, 'test/size/history.csv');
const PICTURE = join(ROOT, 'docs/images');

interface Entry {
  readonly what: string;
  readonly network: string;
  readonly instructions: number;
  /** Bytes; NaN where it was not measured. */
  readonly ram: number;
}

export function readHistory(): Entry[] {
  const [, ...lines] = readFileSync(FILE, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [what, network, instructions, , , ram] = line.split(',');
    return { what: what!, network: network!, instructions: Number(instructions), ram: ram ? Number(ram) : Number.NaN };
  });
}

/** Adds what was measured under the name of the change that made it so. */
export function appendHistory(what: string, figures: ReadonlyMap<string, Figures>): void {
  const rows = [...figures].map(([network, { instructions, code, constants, ram }]) =>
    [what.replaceAll(',', ' '), network, instructions, code, constants, ram].join(','),
  );
  appendFileSync(FILE, `${rows.join('\n')}\n`);
}

/** Draws instructions and RAM of each network, each against its first measurement. */
export function drawHistory(): void {
  const entries = readHistory();
  const changes = [...new Set(entries.map(({ what }) => what))];
  const networks = [...new Set(entries.map(({ network }) => network))];
  const points = (['instructions', 'ram'] as const).flatMap((measure) =>
    networks.flatMap((network) => {
      const known = entries.filter((entry) => entry.network === network && Number.isFinite(entry[measure]));
      const first = known[0]?.[measure] ?? 1;
      const panel = measure === 'ram' ? 'RAM' : 'instructions';
      return known.map((entry) => ({ ...entry, panel, percent: (100 * entry[measure]) / first }));
    }),
  );
  const image = renderPlot('Instructions and RAM of each network after each change, against the first measurement', {
    width: 640,
    height: 420,
    marginTop: 24,
    marginRight: 40,
    marginBottom: 44,
    marginLeft: 48,
    x: { type: 'point', domain: changes, label: null },
    y: { label: 'per cent of the first', labelArrow: 'none', grid: true, domain: [0, 100], ticks: 5 },
    fy: { label: null, domain: ['instructions', 'RAM'], axis: null, padding: 0.15 },
    marks: [
      Plot.text(['instructions', 'RAM'], {
        ...{
          fy: (panel: string) => panel,
          text: (panel: string) => panel,
          frameAnchor: 'bottom-left',
          dx: 8,
          dy: -8,
          className: 'name',
        },
      }),
      ...networks.flatMap((network, i) => {
        const own = points.filter((point) => point.network === network);
        const place = { fy: 'panel', x: 'what', y: 'percent' };
        return [
          Plot.line(own, { ...place, className: `line class-line-${i}`, stroke: 'currentColor' }),
          Plot.dot(own, { ...place, r: 2.5, stroke: 'none', className: `class-${i}` }),
          Plot.text([{ panel: 'instructions', network }], {
            ...{ fy: 'panel', text: 'network', frameAnchor: 'top-right', textAnchor: 'end' },
            ...{ dy: 14 * i, className: `class-${i}` },
          }),
        ];
      }),
    ],
  });
  const picture = { name: 'size-history', title: 'What an inference costs, change by change', caption: '', image };
  const [svg] = pictureFiles(picture);
  writeFileSync(join(PICTURE, svg!.path), svg!.contents);
}

import { formatBytes, formatCount } from '../format-figures.js';
import { type Html, markup } from '../html.js';
import { plotMemoryPlan } from '../plots/memory-plan.js';
import type { BlockReport, PrecisionReport } from '../report-data.js';
import { perPrecision, type Section } from '../section.js';
import { renderTable } from '../table.js';

/** Where each tensor stands in the arena and for how long, as a picture and as figures. */
export const memorySection: Section = {
  id: 'memory',
  title: 'Memory plan',
  render: ({ precisions }) => perPrecision('memory', precisions, renderMemory),
};

function renderMemory(report: PrecisionReport): Html | null {
  const { precision, blocks, steps, arenaBytes, lowerBoundBytes } = report;
  if (blocks.length === 0) return null;
  const over = arenaBytes - lowerBoundBytes;
  const distance = over === 0 ? 'no plan can need less' : `${formatBytes(over)} above the lower bound`;
  const summary = `Arena of ${formatBytes(arenaBytes)}, ${distance}; lower bound ${formatBytes(lowerBoundBytes)}`;
  const rows = blocks.map((block, i) => ({ number: i + 1, ...block }));
  const stepName = (step: number): string => `${formatCount(step)}\u00a0${steps[step] ?? ''}`.trim();
  return markup`<figure>${plotMemoryPlan(`Memory plan, ${precision}. ${summary}. ${blocks.length} blocks over ${steps.length} steps.`, report)}
<figcaption>${summary}. A rectangle is a block of the arena, as long as its tensors live;
its number leads to the table. Tensors joined by = share their bytes.</figcaption></figure>
${renderTable<BlockReport & { number: number }>(
  `Blocks of the arena, ${precision}`,
  [
    { head: 'Block', numeric: true, cell: (row) => formatCount(row.number) },
    { head: 'Tensors', prose: true, cell: (row) => row.tensors.join(' = ') },
    { head: 'Offset', numeric: true, cell: (row) => formatBytes(row.offset) },
    { head: 'Size', numeric: true, cell: (row) => formatBytes(row.bytes) },
    { head: 'First step', cell: (row) => stepName(row.firstStep) },
    { head: 'Last step', cell: (row) => stepName(row.lastStep) },
  ],
  rows,
)}`;
}

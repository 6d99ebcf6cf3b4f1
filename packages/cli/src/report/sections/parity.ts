import { formatBytes, formatCount, formatDecimal, formatPercent } from '../format-figures.js';
import { markup } from '../html.js';
import type { Section } from '../section.js';
import { renderTable } from '../table.js';

/** The parity table: every engine in every precision against the TypeScript reference. */
export const paritySection: Section = {
  id: 'proof',
  title: 'What was proven',
  render: ({ precisions }) => {
    const rows = precisions.flatMap(({ precision, engines }) => engines.map((engine) => ({ precision, ...engine })));
    if (rows.length === 0) return null;
    return markup`<p>Each engine ran the same inputs as the TypeScript reference, and
every output was compared byte for byte, without a tolerance.</p>
${renderTable(
  'Parity of each engine with the TypeScript reference',
  [
    { head: 'Engine', cell: (row) => row.name },
    { head: 'What ran', prose: true, cell: (row) => row.description },
    { head: 'Precision', cell: (row) => row.precision },
    { head: 'Inputs', numeric: true, cell: (row) => formatCount(row.inputs) },
    { head: 'Differing', numeric: true, cell: (row) => formatCount(row.differing) },
    { head: 'Verdict', cell: (row) => verdict(row.name, row.differing) },
    { head: 'Compared', numeric: true, cell: (row) => formatBytes(row.bytesCompared) },
    { head: 'Accuracy', numeric: true, cell: (row) => formatPercent(row.accuracy) },
    { head: 'Time', numeric: true, cell: (row) => `${formatDecimal(row.seconds, 2)}\u00a0s` },
  ],
  rows,
)}`;
  },
};

function verdict(engine: string, differing: number): ReturnType<typeof markup> {
  if (differing !== 0) return markup`<strong class="bad">differs</strong>`;
  return engine === 'reference' ? markup`the measure` : markup`<strong class="good">equal</strong>`;
}

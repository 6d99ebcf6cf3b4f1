import { formatBytes, shorten } from '../format-figures.js';
import type { Section } from '../section.js';
import { renderTable } from '../table.js';

/** Flash and RAM of the compiled C per target. */
export const sizesSection: Section = {
  id: 'sizes',
  title: 'Sizes',
  render: ({ precisions }) => {
    const rows = precisions.flatMap(({ precision, sizes }) => sizes.map((size) => ({ precision, ...size })));
    if (rows.length === 0) return null;
    return renderTable(
      'Size of the compiled C on each target',
      [
        { head: 'Target', cell: (row) => row.target },
        { head: 'Precision', cell: (row) => row.precision },
        { head: 'Code', numeric: true, cell: (row) => formatBytes(row.codeBytes) },
        { head: 'Constants', numeric: true, cell: (row) => formatBytes(row.constantBytes) },
        { head: 'Flash', numeric: true, cell: (row) => formatBytes(row.codeBytes + row.constantBytes) },
        { head: 'RAM', numeric: true, cell: (row) => formatBytes(row.ramBytes) },
        { head: 'Stack', numeric: true, cell: (row) => formatBytes(row.stackBytes) },
        { head: 'Compiled by', cell: (row) => shorten(row.compiler, 200) },
      ],
      rows,
    );
  },
};

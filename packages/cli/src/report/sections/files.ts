import { formatBytes } from '../format-figures.js';
import { markup } from '../html.js';
import type { Section } from '../section.js';
import { renderTable } from '../table.js';

/** The files that were written. */
export const filesSection: Section = {
  id: 'files',
  title: 'Files',
  render: ({ files }) =>
    files.length === 0
      ? null
      : renderTable(
          'Files that were written',
          [
            { head: 'File', cell: (row) => markup`<code>${row.path}</code>` },
            { head: 'Size', numeric: true, cell: (row) => formatBytes(row.bytes) },
            { head: 'What it is', prose: true, cell: (row) => row.what },
          ],
          files,
        ),
};

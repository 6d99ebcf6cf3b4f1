import { formatCount, formatShort } from '../format-figures.js';
import { type Html, markup } from '../html.js';
import type { PrecisionReport, ReportData } from '../report-data.js';
import { perPrecision, type Section } from '../section.js';
import { renderTable } from '../table.js';

/** Rows shown per precision, so that a poor model does not make a huge file. */
const MAX_ROWS = 200;

/** The test images whose class is another than TensorFlow.js's. */
export const disagreementsSection: Section = {
  id: 'disagreements',
  title: 'Disagreements with TensorFlow.js',
  render: (data) => perPrecision('disagreements', data.precisions, (report) => renderDisagreements(report, data)),
};

function renderDisagreements(
  { precision, accuracy, disagreements }: PrecisionReport,
  { floatAccuracy, data }: ReportData,
): Html | null {
  if (disagreements.length === 0) {
    if (accuracy === null || floatAccuracy === null) return null;
    const images = data === null ? 'test images' : `${formatCount(data.testCount)} test images`;
    return markup`<p>None: ${precision} and TensorFlow.js give the same class on all ${images}.</p>`;
  }
  const total = formatCount(disagreements.length);
  const caption = `Test images on which ${precision} and TensorFlow.js give different classes`;
  const shown = disagreements.length > MAX_ROWS ? `the first ${MAX_ROWS} of ${total}` : total;
  return renderTable(
    `${caption}: ${shown}`,
    [
      { head: 'Image', numeric: true, cell: (row) => formatCount(row.index) },
      { head: 'True class', cell: (row) => row.label },
      { head: 'TensorFlow.js', cell: (row) => row.float },
      { head: precision, cell: (row) => row.int8 },
      { head: 'Margin', numeric: true, cell: (row) => formatShort(row.margin) },
      { head: 'Right', cell: (row) => whoIsRight(row.label, row.float, row.int8, precision) },
    ],
    disagreements.slice(0, MAX_ROWS),
  );
}

function whoIsRight(label: string, float: string, other: string, precision: string): string {
  if (float === label) return 'TensorFlow.js';
  return other === label ? precision : 'neither';
}

import { formatCount, formatPercent } from '../format-figures.js';
import { type Html, markup } from '../html.js';
import { plotConfusionMatrix } from '../plots/confusion-matrix.js';
import type { PrecisionReport } from '../report-data.js';
import { perPrecision, type Section } from '../section.js';
import { renderTable } from '../table.js';

/** With more classes the picture would be too large to read and to store; the table is shown alone. */
const MAX_PICTURED_CLASSES = 32;

/** What each class was read as, as a picture and as figures per class. */
export const confusionSection: Section = {
  id: 'confusion',
  title: 'Confusion matrix',
  render: ({ precisions, data }) => {
    const parts = perPrecision('confusion', precisions, (report) => renderConfusion(report, data?.classes ?? []));
    return parts === null ? null : markup`<div class="side-by-side">${parts}</div>`;
  },
};

function renderConfusion({ precision, confusion }: PrecisionReport, names: readonly string[]): Html | null {
  if (confusion === null || confusion.length === 0) return null;
  const classes = confusion.map((_, i) => names[i] ?? String(i));
  const rows = confusion.map((counts, i) => ({
    name: classes[i] ?? '',
    images: sum(counts),
    readAs: sum(confusion.map((row) => row[i] ?? 0)),
    right: counts[i] ?? 0,
  }));
  const images = sum(rows.map((row) => row.images));
  const right = sum(rows.map((row) => row.right));
  const onDiagonal = `${formatCount(right)} of ${formatCount(images)} images on the diagonal`;
  const description = `Confusion matrix, ${precision}: ${onDiagonal}. The figures per class are in the table below.`;
  const picture =
    classes.length > MAX_PICTURED_CLASSES
      ? null
      : markup`<figure>${plotConfusionMatrix(description, confusion, classes)}
<figcaption>${onDiagonal}, read rightly. Off it, the stronger the colour, the more often mistaken.</figcaption></figure>
`;
  return markup`${picture}${renderTable(
    `Accuracy per class, ${precision}`,
    [
      { head: 'Class', cell: (row) => row.name },
      { head: 'Images', numeric: true, cell: (row) => formatCount(row.images) },
      { head: 'Read rightly', numeric: true, cell: (row) => formatCount(row.right) },
      { head: 'Recall', numeric: true, cell: (row) => formatPercent(row.right / row.images) },
      { head: 'Precision', numeric: true, cell: (row) => formatPercent(row.right / row.readAs) },
    ],
    rows,
  )}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

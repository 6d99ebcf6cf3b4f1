import { formatBytes, formatCount, formatDecimal, formatPercent } from '../format-figures.js';
import type { PrecisionReport } from '../report-data.js';
import type { Section } from '../section.js';
import { renderTable, type Column } from '../table.js';

interface Quantity {
  name: string;
  of: (precision: PrecisionReport) => number | null;
  format: (value: number | null) => string;
  /** Whether the first precision as a share of the second says something. */
  ratio: boolean;
}

/** What quantizing costs and saves: one row per quantity, one column per precision. */
export const precisionsSection: Section = {
  id: 'precisions',
  title: 'int8 against float32',
  render: ({ precisions }) => {
    const [first, second] = precisions;
    if (first === undefined || second === undefined) return null;
    const columns: Column<Quantity>[] = [
      { head: 'Quantity', cell: (row) => row.name },
      ...precisions.map((precision) => ({
        head: precision.precision,
        numeric: true,
        cell: (row: Quantity) => row.format(row.of(precision)),
      })),
      {
        head: `${first.precision} : ${second.precision}`,
        numeric: true,
        cell: (row) =>
          row.ratio ? share(row.of(first), row.of(second)) : differenceInPoints(row.of(first), row.of(second)),
      },
    ];
    return renderTable('The same network in each precision', columns, quantities(precisions));
  },
};

function quantities(precisions: readonly PrecisionReport[]): Quantity[] {
  const targets = [...new Set(precisions.flatMap(({ sizes }) => sizes.map(({ target }) => target)))];
  const inBytes = (name: string, of: Quantity['of']): Quantity => ({ name, of, format: formatBytes, ratio: true });
  const all: Quantity[] = [
    { name: 'Accuracy', of: (precision) => precision.accuracy, format: formatPercent, ratio: false },
    inBytes('Constants', (precision) => precision.constantBytes),
    inBytes('Arena', (precision) => precision.arenaBytes),
    inBytes('Arena, lower bound', (precision) => precision.lowerBoundBytes),
    { name: 'MACs', of: (precision) => precision.macs, format: formatCount, ratio: true },
    ...targets.map((target) => inBytes(`Flash, ${target}`, (precision) => flashBytes(precision, target))),
  ];
  return all.filter(({ of }) => precisions.some((precision) => of(precision) !== null));
}

function flashBytes(precision: PrecisionReport, target: string): number | null {
  const size = precision.sizes.find((candidate) => candidate.target === target);
  return size === undefined ? null : size.codeBytes + size.constantBytes;
}

function share(value: number | null, whole: number | null): string {
  if (value === null || whole === null || whole === 0) return '\u2013';
  return `${formatDecimal((value / whole) * 100, 0)}\u00a0%`;
}

function differenceInPoints(value: number | null, base: number | null): string {
  if (value === null || base === null) return '\u2013';
  const points = (value - base) * 100;
  return `${points > 0 ? '+' : ''}${formatDecimal(points, 2)}\u00a0points`;
}

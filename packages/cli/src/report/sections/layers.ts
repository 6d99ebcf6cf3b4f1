import { formatBytes, formatCount, formatDecimal } from '../format-figures.js';
import { type Html, markup } from '../html.js';
import type { LayerReport, PrecisionReport } from '../report-data.js';
import { perPrecision, type Section } from '../section.js';
import { renderTable, type Column } from '../table.js';

/** The graph, node by node: shapes, cost, and how well the quantized values follow the float ones. */
export const layersSection: Section = {
  id: 'layers',
  title: 'Layers',
  render: ({ precisions }) => perPrecision('layers', precisions, renderLayers),
};

function renderLayers({ precision, layers, macs, constantBytes }: PrecisionReport): Html | null {
  if (layers.length === 0) return null;
  const columns: Column<LayerReport>[] = [
    { head: 'Layer', cell: (row) => row.name },
    { head: 'Operator', cell: (row) => row.op },
    { head: 'Input', cell: (row) => row.input },
    { head: 'Output', cell: (row) => row.output },
    { head: 'Type', cell: (row) => row.dtype },
    { head: 'MACs', numeric: true, cell: (row) => formatCount(row.macs) },
    { head: 'Constants', numeric: true, cell: (row) => formatBytes(row.constantBytes) },
    { head: 'Output size', numeric: true, cell: (row) => formatBytes(row.outputBytes) },
  ];
  if (layers.some((layer) => layer.signalToNoiseDecibels !== null)) {
    columns.push({
      head: 'Signal to noise (dB)',
      numeric: true,
      cell: (row) => formatDecimal(row.signalToNoiseDecibels, 1),
    });
  }
  if (layers.some((layer) => layer.calibration !== null)) {
    columns.push({ head: 'Calibration', prose: true, cell: (row) => row.calibration ?? '\u2013' });
  }
  return markup`${renderTable(`Layers in order of execution, ${precision}`, columns, layers)}
<p>In all: ${formatCount(macs)} MACs, ${formatBytes(constantBytes)} of constants.</p>`;
}

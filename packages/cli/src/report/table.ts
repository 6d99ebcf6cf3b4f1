import { type Html, type HtmlValue, markup } from './html.js';

/** One column of a table. `numeric` sets its figures flush right, `prose` keeps room for a few words on a line. */
export interface Column<Row> {
  head: string;
  numeric?: boolean;
  prose?: boolean;
  cell: (row: Row) => HtmlValue;
}

/**
 * A table with a caption and scopes; the first column heads the rows. It scrolls sideways by itself where the page is
 * narrow, and can be reached by keyboard for that.
 */
export function renderTable<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => markup`<th scope="col"${layout(column)}>${column.head}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => markup`<tr>${columns.map((column, index) => renderCell(column, row, index === 0))}</tr>\n`)}</tbody>
</table></div>`;
}

function renderCell<Row>(column: Column<Row>, row: Row, heads: boolean): Html {
  const content = column.cell(row);
  if (heads) return markup`<th scope="row"${layout(column)}>${content}</th>`;
  return markup`<td${layout(column)}>${content}</td>`;
}

function layout<Row>(column: Column<Row>): Html | null {
  if (column.prose === true) return markup` class="prose"`;
  return column.numeric === true ? markup` class="number"` : null;
}

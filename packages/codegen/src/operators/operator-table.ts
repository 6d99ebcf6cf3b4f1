import { OPERATORS } from './index.js';

/** The operators as a Markdown table, aligned as Prettier would: what docs/operators.md holds. */
export function operatorTable(): string {
  const rows = Object.values(OPERATORS).map(({ op, summary, dtypes, exactness, kernels }) => [
    `\`${op}\``,
    `\`${summary.replaceAll('|', '\\|')}\``,
    dtypes.join(', '),
    kernels.length === 0 ? 'none: a view' : [...new Set(kernels.map(({ isa }) => isa))].join(', '),
    exactness,
  ]);
  const head = ['operator', 'result', 'first input', 'kernels for', 'float32 exactness'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

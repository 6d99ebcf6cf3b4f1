import Table from 'cli-table3';
import { printable } from './terminal.js';

/** Longer cells are cut: a name of ten thousand characters must not hide the table. */
const LONGEST_CELL = 200;

/** A plain table: a head, a rule, rows; numbers to the right. Cells are data: one line each, without control characters. */
export function formatTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const numeric = head.map((_, column) => rows.every((row) => isNumeric(row[column] ?? '')));
  const table = new Table({
    head: head.map(printable),
    colAligns: numeric.map((right) => (right ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
  });
  table.push(...rows.map((row) => row.map((cell) => cellText(String(cell)))));
  const [first = '', ...rest] = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  const width = Math.max(first.length, ...rest.map((line) => line.length));
  return [first, '─'.repeat(width), ...rest].join('\n');
}

function cellText(text: string): string {
  const line = printable(text).replace(/[\t\n]/g, '?');
  return line.length > LONGEST_CELL ? `${line.slice(0, LONGEST_CELL - 1)}…` : line;
}

function isNumeric(cell: string | number): boolean {
  return typeof cell === 'number' || /^[-–]?$|^[\d,.]+ ?(%|B|KB|s|dB)?$/.test(cell);
}

/** 1234567 -> `1,234,567`, the same on every machine. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A share as `97.11 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

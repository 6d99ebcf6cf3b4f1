import { readFileSync } from 'node:fs';
import { DataError, throwAll } from '@kiln/ir';
import type { OwnAnswers, OwnData } from './own-recipe.js';

export interface CsvOptions {
  /** Whether the first line names the columns. Default: yes. */
  readonly header?: boolean;
  /** The column of the class, by name or by index from 0; its texts become the classes, in order of the alphabet. */
  readonly label?: string | number;
  /** Columns of numbers that the network is to answer, in place of a label. */
  readonly targets?: readonly (string | number)[];
  /** Of the targets. */
  readonly unit?: string;
}

const MOST_CLASSES = 256;

/**
 * Reads a table of numbers: all columns but the label or the targets are inputs, float32 [count, columns].
 *
 * Errors: DataError, all at once: E-CSV-COLUMN for a label or a target that there is not, E-CSV-WIDTH for a row of another
 * width, E-CSV-VALUE for a cell that is no finite number, E-CSV-LABEL for an empty or missing label, E-CSV-EMPTY.
 */
export function readCsv(file: string, options: CsvOptions): OwnData {
  const lines = readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/);
  const rows = lines.flatMap((line, i) => (line.trim() === '' ? [] : [{ number: i + 1, cells: cellsOf(line) }]));
  const header = (options.header ?? true) ? (rows.shift()?.cells ?? []) : null;
  const width = header?.length ?? rows[0]?.cells.length ?? 0;
  if (rows.length === 0) throw new DataError('E-CSV-EMPTY', file, 'holds no rows, expected some', 'Give it data');
  const answered = answeredColumns(file, options, header, width);
  const taken = Array.from({ length: width }, (_, i) => i).filter((i) => !answered.includes(i));
  const isLabel = options.targets === undefined;
  throwAll(
    rows.flatMap(({ number, cells }) => problemsOf(`${file}, line ${number}`, cells, width, isLabel ? answered : [])),
  );
  const numbers = (columns: readonly number[]): Float32Array =>
    Float32Array.from(rows.flatMap(({ cells }) => columns.map((column) => Number(cells[column]))));
  const answers: OwnAnswers = isLabel
    ? classesOf(
        file,
        rows.map(({ cells }) => cells[answered[0]!]!),
      )
    : { kind: 'numbers', unit: options.unit ?? '', values: numbers(answered), outputs: answered.length };
  return { inputs: numbers(taken), shape: [taken.length], count: rows.length, answers };
}

function cellsOf(line: string): string[] {
  return line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

function answeredColumns(
  file: string,
  { label, targets }: CsvOptions,
  header: readonly string[] | null,
  width: number,
): number[] {
  const wanted = targets ?? [label ?? width - 1];
  const found = wanted.map((name) => (typeof name === 'number' ? name : (header?.indexOf(name) ?? -1)));
  const columns = header?.join(', ') ?? `0 to ${width - 1}`;
  throwAll(
    wanted.flatMap((name, i) => {
      if (found[i]! >= 0 && found[i]! < width) return [];
      const message = `has no column '${name}', expected one of ${columns}`;
      return [new DataError('E-CSV-COLUMN', file, message, 'Name a column of the file in the recipe')];
    }),
  );
  return found;
}

function problemsOf(where: string, cells: readonly string[], width: number, labels: readonly number[]): DataError[] {
  if (cells.length !== width) {
    const message = `has ${cells.length} columns, expected ${width}`;
    return [new DataError('E-CSV-WIDTH', where, message, 'Mend the line')];
  }
  return cells.flatMap((cell, column) => {
    const at = `${where}, column ${column + 1}`;
    if (labels.includes(column)) {
      return cell === '' ? [new DataError('E-CSV-LABEL', at, 'found no label', 'Give it a class')] : [];
    }
    if (cell !== '' && Number.isFinite(Number(cell))) return [];
    return [new DataError('E-CSV-VALUE', at, `found '${cell}', expected a finite number`, 'Mend the cell')];
  });
}

/** Texts as classes, in order of the alphabet. Errors: DataError E-CSV-CLASSES. */
function classesOf(file: string, texts: readonly string[]): OwnAnswers {
  const names = [...new Set(texts)].sort();
  if (names.length < 2 || names.length > MOST_CLASSES) {
    const message = `holds ${names.length} classes, expected 2 to ${MOST_CLASSES}`;
    throw new DataError('E-CSV-CLASSES', file, message, 'Name the column of the class, or targets for numbers');
  }
  return { kind: 'classes', names, labels: Uint8Array.from(texts, (text) => names.indexOf(text)) };
}

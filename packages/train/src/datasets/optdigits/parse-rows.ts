import { DataError, type KilnError } from '@kiln/ir';
import type { LabelledImages } from '../dataset.js';

const PIXELS = 64;
const COLUMNS = PIXELS + 1;
const GREATEST_PIXEL = 16;
const CLASSES = 10;
/** Bad rows that are named one by one; the others are counted. */
const MOST_NAMED = 20;

/**
 * Parses rows of 64 pixels (0..16) and a class (0..9), separated by commas. CRLF, a byte order mark, blank lines at the end
 * and a missing final newline are fine.
 *
 * Problems are added to `errors`: every bad row with its line, what was expected and what was found (the first twenty,
 * then their number), an empty file, a class without rows. The result holds the good rows.
 */
export function parseRows(text: string, file: string, errors: KilnError[]): LabelledImages {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\s+$/, '')
    .split(/\r?\n/);
  if (lines.length === 1 && lines[0] === '') {
    errors.push(new DataError('E-DATA-EMPTY', file, 'is empty, expected rows of 65 numbers', 'Get the file again'));
    return { count: 0, images: new Uint8Array(0), labels: new Uint8Array(0) };
  }
  const images: number[] = [];
  const labels: number[] = [];
  let bad = 0;
  lines.forEach((line, index) => {
    const problem = rowProblem(line);
    if (problem === null) {
      const values = line.split(',').map(Number);
      labels.push(values[PIXELS]!);
      images.push(...values.slice(0, PIXELS));
      return;
    }
    bad += 1;
    if (bad <= MOST_NAMED) errors.push(new DataError('E-DATA-ROW', `${file}:${index + 1}`, problem, 'Mend this row'));
  });
  if (bad > MOST_NAMED) {
    const message = `has ${bad - MOST_NAMED} more bad rows, ${bad} of ${lines.length} in all`;
    errors.push(new DataError('E-DATA-ROWS', file, message, 'Mend them, or get the file again'));
  }
  errors.push(...missingClasses(labels, bad, file));
  return { count: labels.length, images: Uint8Array.from(images), labels: Uint8Array.from(labels) };
}

/** What is wrong with a row, or null. */
function rowProblem(line: string): string | null {
  if (line.trim() === '') return 'is blank, expected 65 numbers';
  const fields = line.split(',');
  if (fields.length !== COLUMNS) return `has ${fields.length} numbers, expected ${COLUMNS}: 64 pixels and the class`;
  for (const [column, field] of fields.entries()) {
    const greatest = column < PIXELS ? GREATEST_PIXEL : CLASSES - 1;
    const what = column < PIXELS ? `pixel ${column + 1}` : 'the class';
    const whole = /^\s*\d{1,3}\s*$/.test(field);
    if (!whole || Number(field) > greatest) {
      return `${what} is '${field.trim().slice(0, 20)}', expected a whole number from 0 to ${greatest}`;
    }
  }
  return null;
}

function missingClasses(labels: readonly number[], badRows: number, file: string): DataError[] {
  const missing = Array.from({ length: CLASSES }, (_, label) => label).filter((label) => !labels.includes(label));
  // Bad rows may hold the missing classes: then they are the news.
  if (missing.length === 0 || badRows > 0) return [];
  const message = `has no row of class ${missing.join(', ')}, expected rows of all ten classes`;
  return [new DataError('E-DATA-CLASS', file, message, 'Get the whole file')];
}

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { OPERATORS } from './index.js';
import { operatorTable } from './operator-table.js';

const folder = new URL('./', import.meta.url);
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

test('every folder is in the table, and every row of the table has its folder', () => {
  const folders = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(Object.keys(OPERATORS).map(kebab).sort()).toEqual(folders.sort());
});

test('every operator says under its own name what it computes', () => {
  for (const [name, operator] of Object.entries(OPERATORS)) {
    expect(operator.op).toBe(name);
    expect(operator.summary).not.toBe('');
    expect(operator.dtypes.length).toBeGreaterThan(0);
  }
});

test('every kernel has its template beside it, and every template its kernel', () => {
  const templates = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.c.hbs'),
  );
  const named = Object.values(OPERATORS).flatMap(({ kernels }) => kernels.map(({ template }) => template));
  expect([...named].sort()).toEqual(templates.map((file) => `operators/${file}`).sort());
});

test('docs/operators.md lists them as they are', () => {
  const docs = readFileSync(new URL('../../../../docs/operators.md', import.meta.url), 'utf8');
  expect(docs, 'run `npm run docs`').toContain(operatorTable());
});

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAMILIES, OPERATORS } from './index.js';
import { operatorTable } from './operator-table.js';

const folder = new URL('./', import.meta.url);
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

test('every folder is an operator or a family, and every operator has its folder or its family', () => {
  const folders = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const related = new Set(Object.values(FAMILIES).flatMap((family) => Object.keys(family)));
  const alone = Object.keys(OPERATORS).filter((name) => !related.has(name));
  expect([...alone.map(kebab), ...Object.keys(FAMILIES).map(kebab)].sort()).toEqual(folders.sort());
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
  expect([...new Set(named)].sort()).toEqual(templates.map((file) => `operators/${file}`).sort());
});

test('docs/operators.md lists them as they are', () => {
  const docs = readFileSync(new URL('../../../../docs/operators.md', import.meta.url), 'utf8');
  expect(docs, 'run `npm run docs`').toContain(operatorTable());
});

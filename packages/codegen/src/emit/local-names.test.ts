import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SUPPORT_SYMBOLS } from '../arithmetic/support-symbols.js';
import { LOCAL_NAMES } from './local-names.js';

const SOURCES = new URL('../', import.meta.url);

test('every name that a template declares is kept from the names of the model', () => {
  // Those of targets make files of their own around the C, in which a model's names stand behind the prefix.
  const templates = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.hbs') && !file.startsWith('targets'),
  );
  const declared = templates.flatMap((file) => {
    const code = readFileSync(new URL(file, SOURCES), 'utf8').replace(/\/\*[^]*?\*\//g, '');
    const types =
      /\b(?:u?int\d+_t|float|double|char|void|selftest_state|\{\{(?:\.\.\/)?type\}\})(?: const\b| \*| ?\*const\b| restrict| \*restrict)* ?\*?([a-z]\w*)\s*[[=;,)(]/g;
    return [...code.matchAll(types)].map((match) => match[1]!);
  });
  expect(declared.length).toBeGreaterThan(100);
  const kept = new Set([...LOCAL_NAMES, ...SUPPORT_SYMBOLS]);
  expect([...new Set(declared)].filter((name) => !kept.has(name)).sort()).toEqual([]);
});

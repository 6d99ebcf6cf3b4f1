// Writes the parts of the docs that come from the code: the table in docs/operators.md. Run it with `npm run docs`.
import { readFileSync, writeFileSync } from 'node:fs';
import { operatorTable } from '@kiln/codegen';

const path = new URL('../docs/operators.md', import.meta.url);
const text = readFileSync(path, 'utf8');
const start = text.indexOf('\n| operator');
writeFileSync(path, `${text.slice(0, start + 1)}${operatorTable()}\n`);

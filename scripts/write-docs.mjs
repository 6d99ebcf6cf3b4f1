// Writes the parts of the docs that come from the code: the tables in docs/operators.md. Run it with `npm run docs`.
import { readFileSync, writeFileSync } from 'node:fs';
import { operatorTable } from '@kiln/codegen';
import { microOperatorTable } from '@kiln/formats';

const path = new URL('../docs/operators.md', import.meta.url);
const tables = { operator: operatorTable(), 'TensorFlow Lite operator': microOperatorTable() };
let text = readFileSync(path, 'utf8');
for (const [head, table] of Object.entries(tables)) {
  const start = text.indexOf(`\n| ${head} `) + 1;
  const length = text.slice(start).search(/\n(?!\|)/);
  text = `${text.slice(0, start)}${table}${text.slice(start + length)}`;
}
writeFileSync(path, text);

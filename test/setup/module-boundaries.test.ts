import { ESLint } from 'eslint';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGES = ['ir', 'formats', 'train', 'codegen', 'runtime-c', 'cli'];

/** What the arrows of the design allow: ir <- formats <- train, ir <- codegen, ir <- runtime-c, cli on top. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ir: [],
  formats: ['ir'],
  train: ['ir', 'formats'],
  codegen: ['ir'],
  'runtime-c': ['ir'],
  cli: ['ir', 'formats', 'train', 'codegen', 'runtime-c'],
};

/** The rules on imports alone, which need no types. */
const eslint = new ESLint({
  cwd: PROJECT,
  ruleFilter: ({ ruleId }) => /boundaries|restricted-imports/.test(ruleId),
  overrideConfig: { languageOptions: { parserOptions: { project: null } } },
});

/** The lines that the rules on imports refuse in a file of `name` with this text. */
async function refusedLines(name: string, text: string): Promise<number[]> {
  const [result] = await eslint.lintText(text, { filePath: `packages/${name}/src/index.ts` });
  const rules = new Set(['boundaries/dependencies', 'no-restricted-imports']);
  const refused = result?.messages.filter(({ ruleId, fatal }) => fatal || rules.has(ruleId ?? '')) ?? [];
  return [...new Set(refused.map(({ line }) => line))].sort((a, b) => a - b);
}

test('a package imports along the arrows and in no other direction', async () => {
  for (const name of PACKAGES) {
    const others = PACKAGES.filter((other) => other !== name);
    const text = others.map((other, index) => `import { value as value${index} } from '@kiln/${other}';`).join('\n');
    const refused = (await refusedLines(name, text)).map((line) => others[line - 1] ?? '');
    expect([name, refused]).toEqual([name, others.filter((other) => !ALLOWED[name]?.includes(other))]);
  }
});

test("no package reaches into another one's sources", async () => {
  const text = [
    "import { a } from '@kiln/ir/src/graph.js';",
    "import { b } from '../../ir/src/graph.js';",
    "import { c } from '@kiln/ir';",
  ].join('\n');
  expect(await refusedLines('cli', text)).toEqual([1, 2]);
});

test('each package depends on what the arrows allow, and the references of TypeScript say the same', () => {
  for (const name of PACKAGES) {
    const read = (file: string): unknown => JSON.parse(readFileSync(`${PROJECT}packages/${name}/${file}`, 'utf8'));
    const { dependencies = {} } = read('package.json') as { dependencies?: Record<string, string> };
    const own = Object.keys(dependencies).filter((key) => key.startsWith('@kiln/'));
    const { references } = read('tsconfig.json') as { references: { path: string }[] };
    const referenced = references.map(({ path }) => path.replace('../', '@kiln/'));
    expect([name, own.sort()]).toEqual([name, (ALLOWED[name] ?? []).map((other) => `@kiln/${other}`).sort()]);
    expect([name, referenced.sort()]).toEqual([name, own.sort()]);
  }
});

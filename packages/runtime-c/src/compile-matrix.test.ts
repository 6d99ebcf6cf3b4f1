import { expect, test } from 'vitest';
import { loadFixture, withChangedC } from '../test/load-fixture.js';
import { runCompileMatrix } from './compile-matrix.js';
import { findToolchain } from './toolchain.js';

const tools = await findToolchain();

test.skipIf(tools.gcc === null)('every compiler, level, language and sanitizer gives the reference trace', async () => {
  const { project, inputs, traces, count } = loadFixture('int8');
  const seen: string[] = [];
  const rows = await runCompileMatrix(project, inputs, traces, count, { onRow: ({ name }) => seen.push(name) });
  expect(rows).toHaveLength(18);
  expect(seen.sort()).toEqual(rows.map(({ name }) => name).sort());
  for (const { name, outcome, note } of rows)
    expect(`${name}: ${outcome} ${note}`).toMatch(/: (equal|compiled|skipped) /);
  const gcc = rows.filter(({ name }) => /^gcc -O[0s3]$/.test(name));
  expect(gcc).toHaveLength(3);
  for (const row of gcc) expect(row).toMatchObject({ outcome: 'equal', compiled: true, inputs: count, differing: 0 });
  const skipped = rows.filter(({ name, outcome }) => outcome === 'skipped' && name.startsWith('gcc'));
  expect(skipped).toEqual([]);
});

test.skipIf(tools.gcc === null)(
  'rows say what is wrong: another result, a C that does not compile, one that crashes',
  async () => {
    const { project, inputs, traces, count } = loadFixture('float32');
    const rowOf = async (before: string | RegExp, after: string) => {
      const wrong = withChangedC(project, before, after);
      const rows = await runCompileMatrix(wrong, inputs, traces, count, { only: /^gcc -O3$/ });
      expect(rows).toHaveLength(1);
      return rows[0]!;
    };
    const different = await rowOf('1.442695f', '1.5f');
    expect(different).toMatchObject({ outcome: 'different', compiled: true, inputs: count });
    expect(different.differing).toBeGreaterThan(0);
    expect(different.note).toMatch(/^input \d+, softmax \(softmax\), element/);
    const broken = await rowOf('static float float_exp(', 'static flot float_exp(');
    expect(broken).toMatchObject({ outcome: 'does not compile', compiled: false, inputs: 0 });
    expect(broken.note).toContain('flot');
    const crashing = await rowOf(/observer\(context, 0,/, '__builtin_trap();\n$&');
    expect(crashing).toMatchObject({ outcome: 'crashed', compiled: true, differing: count });
  },
);

test('a compiler that is not there is a skipped row with the line that installs it', async () => {
  const { project, inputs, traces, count } = loadFixture('int8');
  const path = process.env['PATH'];
  process.env['PATH'] = '';
  try {
    const rows = await runCompileMatrix(project, inputs, traces, count);
    expect(new Set(rows.map(({ outcome }) => outcome))).toEqual(new Set(['skipped']));
    expect(rows.find(({ name }) => name === 'emcc -O3')?.note).toContain('emscripten');
  } finally {
    process.env['PATH'] = path;
  }
});

import { appendFileSync, readFileSync } from 'node:fs';
import { UnsupportedError } from '@kiln/ir';
import { createHostEngine, createWasmEngine, findToolchain } from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';
import { differencesInC, type ProvenCase } from './oracle-batch.js';
import { COMMITTED, compileModel, graphOf, loadFamilies, type OracleCase, runReference } from './oracle-cases.js';

/** Operators whose family is still being built: their cases are skipped. */
const PENDING_OPERATORS: ReadonlySet<string> = new Set(
  `CALL_ONCE CIRCULAR_BUFFER IF SVDF UNIDIRECTIONAL_SEQUENCE_LSTM WHILE`.split(/\s+/),
);

/** What TensorFlow Lite Micro lacks and Kiln refuses: the beginning of the cases' names, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  'resize-bilinear-uint8-': 'of unsigned bytes the reference kernels interpolate in float, of all other integers not',
};

/**
 * Cases in which any answer would do: comparisons of int8 with a scale of 1 and more, where the judge shifts by a negative
 * count; divisions by zero; slopes of 16 bits, which the judge reads as if they were bytes.
 */
const UNDEFINED: ReadonlySet<string> = new Set([
  ...['less', 'less-equal', 'greater', 'greater-equal', 'equal', 'not-equal'].map((name) => `${name}-int8-2`),
  'div-int8-1',
  'div-int8-7',
  ...[0, 1, 2, 3, 4].map((number) => `prelu-int16-${number}`),
]);

const { gcc, emcc } = await findToolchain();

/** Told to the file in KILN_ORACLE_REPORT, a line for each case and engine: `npm run oracle` makes its table of them. */
function report(family: string, judged: OracleCase, engine: string, problem: string | null): void {
  const file = process.env['KILN_ORACLE_REPORT'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ family, name: judged.name, engine, problem })}\n`);
}

describe.each(loadFamilies())('$name as TensorFlow Lite Micro computes it', ({ name: family, cases }) => {
  const asked = cases.filter(
    ({ name, judge, operators }) =>
      judge !== 'none' && !UNDEFINED.has(name) && !operators.some((operator) => PENDING_OPERATORS.has(operator)),
  );
  const isRefused = ({ name }: OracleCase): boolean => Object.keys(REFUSED).some((prefix) => name.startsWith(prefix));
  const refused = asked.filter(isRefused);
  const proven: ProvenCase[] = [];

  test.runIf(refused.length > 0)('what Kiln refuses it refuses with an error of its own', () => {
    for (const judged of refused) {
      expect(judged.judge).toBe('reference');
      expect(() => compileModel(graphOf(judged)), judged.name).toThrow(UnsupportedError);
    }
  });

  test.each(asked.filter((judged) => !isRefused(judged)))('the reference of $name', (judged) => {
    let problem: string | null = null;
    try {
      const compilation = compileModel(graphOf(judged));
      const reference = runReference(judged, compilation);
      proven.push({ judged, graph: graphOf(judged), reference });
      problem = reference.problem;
    } catch (error) {
      problem = String(error);
    }
    report(family, judged, 'reference', problem);
    expect(problem).toBeNull();
  });

  test.each([
    [
      'host',
      gcc,
      (project: Parameters<typeof createHostEngine>[0]) => createHostEngine(project, { optimization: '-O0' }),
    ],
    [
      'wasm',
      emcc,
      (project: Parameters<typeof createWasmEngine>[0]) => createWasmEngine(project, { optimization: '-O1' }),
    ],
  ] as const)('the C on %s, of all of them', async (engine, tool, create) => {
    if (tool === null) return;
    const problems = await differencesInC(proven, create);
    for (const { judged } of proven) report(family, judged, engine, problems.get(judged.name) ?? null);
    expect([...problems]).toEqual([]);
  });
});

test('there are at least 600 judged models, and all but a few of all models are', () => {
  const cases = loadFamilies(COMMITTED).flatMap((family) => family.cases);
  const judged = cases.filter(({ judge }) => judge !== 'none');
  expect(judged.length).toBeGreaterThanOrEqual(600);
  expect(judged.length / cases.length).toBeGreaterThan(0.95);
});

test('every operator that Kiln reads from TensorFlow Lite has a judged case', () => {
  const table = readFileSync(new URL('../../docs/operators.md', import.meta.url), 'utf8');
  const read = [...table.matchAll(/^\| `([A-Z0-9_]+)` +\| (?:yes|-) +\| yes +\|$/gm)].map(([, name]) => name!);
  const cases = loadFamilies(COMMITTED).flatMap((family) => family.cases);
  const judged = new Set(cases.flatMap(({ judge, operators }) => (judge === 'none' ? [] : operators)));
  expect(read.length).toBeGreaterThan(90);
  expect(read.filter((name) => !judged.has(name))).toEqual([]);
});

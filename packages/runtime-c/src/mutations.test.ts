import { expect, test } from 'vitest';
import { loadFixture, withChangedC } from '../test/load-fixture.js';
import { readCSource } from './c-source.js';
import { chooseMutations, runMutations } from './mutations.js';
import { findTool } from './toolchain.js';

const noHost = (await findTool('gcc')) === null;

test.each(['int8', 'float32'] as const)(
  'at least forty different mutations of %s, the same for the same seed',
  (precision) => {
    const { project } = loadFixture(precision);
    const mutations = chooseMutations(project, 1, 45);
    expect(mutations.length).toBeGreaterThanOrEqual(40);
    expect(new Set(mutations.map(({ at, after }) => `${at} ${after}`)).size).toBe(mutations.length);
    expect(new Set(mutations.map(({ name }) => name)).size).toBeGreaterThanOrEqual(18);
    const text = project.files.find(({ path }) => path.endsWith('.c'))!.text;
    for (const { at, before, after, line } of mutations) {
      expect(text.slice(at, at + before.length)).toBe(before);
      expect(after).not.toBe(before);
      expect(text.slice(0, at).split('\n')).toHaveLength(line);
    }
    expect(chooseMutations(project, 1, 45)).toEqual(mutations);
    expect(chooseMutations(project, 2, 45)).not.toEqual(mutations);
  },
);

test.skipIf(noHost).each(['int8', 'float32'] as const)('every mutation of %s is caught', async (precision) => {
  const { project, inputs, traces, count } = loadFixture(precision);
  const rows = await runMutations(project, inputs, traces, count, { seed: 1, limit: 45 });
  expect(rows.filter(({ outcome }) => outcome !== 'caught' && outcome !== 'crashed')).toEqual([]);
  expect(rows.filter(({ outcome }) => outcome === 'caught').length).toBeGreaterThanOrEqual(40);
});

test.skipIf(noHost)('a mutation that inputs do not show survives', async () => {
  const { project, inputs, traces } = loadFixture('int8');
  // One inference of the same output for all: most of the network has no say in it.
  const rows = await runMutations(project, inputs.subarray(0, 16), traces.subarray(0, project.traceBytes), 1, {
    seed: 3,
    limit: 24,
  });
  expect(rows.map(({ outcome }) => outcome)).toContain('survived');
});

test.skipIf(noHost)('the unchanged C must agree before mutants are judged', async () => {
  const { project, inputs, traces, count } = loadFixture('int8');
  const wrong = withChangedC(project, 'x < low ? low : x', 'x < low ? low : x + 1');
  const failure = { code: 'E-MUTATION-ORIGINAL' };
  await expect(runMutations(wrong, inputs, traces, count, { seed: 1 })).rejects.toMatchObject(failure);
});

test('only text that is compiled is read: no comments, strings or other branches', () => {
  const text = [
    '/* static int a(void) { 1; } */',
    '#ifdef M_OBSERVE',
    'static const float w[2][2] = { 1.0f, 2.0f };',
    '#else',
    'int lost(void) { return 3; }',
    '#endif',
    '#if defined(M_OBSERVE) || defined(M_SELFTEST)',
    'int kept(const char *s) { if (s == "{") { return 1; } return 4; }',
    '#ifdef M_SELFTEST',
    'int tested(void) { return 5; }',
    '#endif',
    '#elif defined(M_OBSERVE)',
    'int other(void) { return 6; }',
    '#endif',
  ].join('\n');
  const { regions, active } = readCSource(text, new Set(['M_OBSERVE']));
  expect(regions.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['table w', 'function kept']);
  expect(active).toHaveLength(text.length);
  expect(active.slice(regions[0]!.start, regions[0]!.end)).toBe(' 1.0f, 2.0f ');
});

import { readdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadFixture, withChangedC } from '../../test/load-fixture.js';
import { findBoard } from '../board/board.js';
import { missingBoardTools } from '../board/emulation.js';
import { benchBoard } from './bench-board.js';

let scratch = '';
const outerTemporary = process.env['TMPDIR'];

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'kiln-bench-test-'));
  process.env['TMPDIR'] = scratch;
});

afterEach(() => {
  if (outerTemporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = outerTemporary;
  rmSync(scratch, { recursive: true, force: true });
});

const CASES = await Promise.all(
  ['mps2-an386', 'hifive1', 'uno'].map(
    async (name) => [name, (await missingBoardTools(findBoard(name)))?.length !== 0] as const,
  ),
);

describe.each(CASES)('a bench on %s (skipped where a tool is missing)', (name, missing) => {
  const board = findBoard(name);
  const { project, inputs, traces } = loadFixture('int8');
  const input = inputs.subarray(0, project.inputBytes);

  test.skipIf(missing)('counts the same twice, and a hundred instructions more as a hundred', async () => {
    const bench = await benchBoard(project, board, { input });
    expect(await benchBoard(project, board, { input })).toEqual(bench);

    const nops = '__asm__ volatile(".rept 100\\n\\tnop\\n\\t.endr");';
    const slower = await benchBoard(withChangedC(project, / {4}conv\(.*\n/g, `$&    ${nops}\n`), board, { input });
    expect(slower.instructions - bench.instructions).toBe(100);
    // A nop takes a cycle; in the model of a Cortex-M4 a load costs one more that loses its neighbour.
    const cycles = slower.cycles === null ? [] : [slower.cycles - bench.cycles!];
    const most = { emulator: 100, model: 101, none: 0 }[bench.cyclesBy ?? 'none'];
    expect(cycles.filter((count) => count < 100 || count > most)).toEqual([]);
    expect(bench.cyclesBy).toBe({ uno: 'emulator', 'mps2-an386': 'model' }[name] ?? null);
    expect(slower.flash.code - bench.flash.code).toBeGreaterThanOrEqual(200);

    expect(readdirSync(scratch)).toEqual([]);
  });

  test.skipIf(missing)('says what each layer takes, and what the inference gave', async () => {
    const { layers, instructions, ram, flash, outputs } = await benchBoard(project, board, { input });
    expect(layers.map(({ node }) => node)).toEqual(project.trace.filter(({ op }) => op !== 'call').map((t) => t.node));
    expect(Math.min(...layers.map((layer) => layer.instructions))).toBeGreaterThan(16);
    expect(layers.find(({ node }) => node === 'conv')!.instructions).toBeGreaterThan(36 * 16 * 2);
    expect(instructions).toBeGreaterThan(3000);
    expect(flash.constants).toBe(project.constantBytes);
    expect(flash.code).toBeGreaterThan(500);
    expect(flash.code).toBeLessThan(12_000);
    expect({ ...ram, stack: 0, variables: 0 }).toEqual({
      arena: project.arenaBytes,
      state: 0,
      inputs: project.inputBytes,
      outputs: 3,
      variables: 0,
      stack: 0,
    });
    expect(ram.stack).toBeGreaterThan(40);
    expect(ram.stack).toBeLessThan(600);
    const [{ traceOffset, bytes }] = project.outputs as [(typeof project.outputs)[number]];
    expect([...outputs]).toEqual([...traces.subarray(traceOffset, traceOffset + bytes)]);
  });

  test.skipIf(missing)('ends when it is interrupted', async () => {
    const endless = withChangedC(project, / {4}conv\(.*\n/g, '    for (volatile int32_t i = 0; i >= 0; i = 0) { }\n$&');
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 1500);
    const failure = { code: 'E-INTERRUPTED' };
    await expect(benchBoard(endless, board, { input, signal: abort.signal })).rejects.toMatchObject(failure);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

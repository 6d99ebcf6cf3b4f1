import { createBoardEngine, findBoard, missingBoardTools } from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';
import { differencesInC, type ProvenCase } from './oracle-batch.js';
import { compileModel, graphOf, loadFamilies, runReference } from './oracle-cases.js';

// Models of the oracle on a core whose `int` has 16 bits, whose `double` has 32, and whose tables stand in another address
// space: what C promotes to `int` where the arithmetic means 32 bits shows here. KILN_AVR_EVERY=1 runs all of them, which
// takes some ten minutes; without it a sample of every family, so that an emulator is done with it in a minute.

/** An ATmega2560 with nearly all the memory that its addresses of 16 bits reach: several models at once need it. */
const MEGA = findBoard('mega2560');
const board = { ...MEGA, ram: { ...MEGA.ram, bytes: 0xff00 - Number(MEGA.ram.start) } };
const missing = (await missingBoardTools(board))?.length !== 0;

const EVERY = Number(process.env['KILN_AVR_EVERY'] ?? 15);
const BATCH = 8;
/** The line to the emulator is as slow as a real one. */
const MOST_RUNS = 2;

describe.skipIf(missing).each(loadFamilies())('$name on an AVR (skipped without avr-gcc)', ({ cases }) => {
  test('the C of a sample gives the reference, every output bit for bit', { timeout: 1_800_000 }, async () => {
    const sample = cases.filter(({ judge }) => judge !== 'none').filter((_, index) => index % EVERY === 0);
    const proven = sample.map((whole): ProvenCase => {
      const judged = { ...whole, runs: whole.runs.slice(0, MOST_RUNS) };
      const graph = graphOf(judged);
      return { judged, graph, reference: runReference(judged, compileModel(graph)) };
    });
    expect(proven.length).toBeGreaterThan(0);
    const problems = await differencesInC(proven, (project) => createBoardEngine(project, board), BATCH);
    expect([...problems]).toEqual([]);
  });
});

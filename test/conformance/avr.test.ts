import { createBoardEngine, findBoard, missingBoardTools } from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';
import { differencesInC, type ProvenCase } from './oracle-batch.js';
import { compileModel, graphOf, loadFamilies, runReference } from './oracle-cases.js';

// The oracle's models on a core whose `int` has 16 bits and whose `double` is single precision: an operand that is promoted
// to `int` where the C means 32 bits shows here.

/** An ATmega2560 with all the memory that its addresses of 16 bits reach. */
const MEGA = findBoard('mega2560');
const board = { ...MEGA, ram: { ...MEGA.ram, bytes: 0xff00 - Number(MEGA.ram.start) } };
const missing = (await missingBoardTools(board))?.length !== 0;
const BATCH = 12;

describe.skipIf(missing).each(loadFamilies())('$name on an AVR', ({ cases }) => {
  test('the C of all models, every output bit for bit', async () => {
    const proven = cases.flatMap((judged): ProvenCase[] => {
      try {
        return [{ judged, graph: graphOf(judged), reference: runReference(judged, compileModel(graphOf(judged))) }];
      } catch {
        return [];
      }
    });
    const problems = await differencesInC(proven, (project) => createBoardEngine(project, board), BATCH);
    console.log(proven.length, [...problems].map(x=>x.join(': ').slice(0,400)).join('\n'));
    expect([...problems]).toEqual([]);
  }, 600000);
});

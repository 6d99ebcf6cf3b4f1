import { describe, expect, test } from 'vitest';
import { loadFixture } from '../../test/load-fixture.js';
import { findBoard } from './board.js';
import { createBoardEngine } from './board-engine.js';
import { missingBoardTools } from './emulation.js';

// An emulator's clock tells no true time, but it runs; of QEMU's Armv7-M boards none has the debug unit's counter.

const CASES = await Promise.all(
  [
    ['microbit', 'SysTick'],
    ['hifive1', 'mcycle'],
    ['mps2-an386', null],
  ].map(async ([name, clock]) => {
    const board = findBoard(name!);
    return [name!, clock, board, (await missingBoardTools(board))?.length !== 0] as const;
  }),
);

describe.each(CASES)('%s (skipped where a tool is missing)', (_name, clock, board, missing) => {
  test.skipIf(missing)(`times an inference and its layers by ${clock ?? 'no clock'}`, async () => {
    const { project, inputs, traces } = loadFixture('int8');
    const input = inputs.subarray(0, project.inputBytes);
    const engine = await createBoardEngine(project, board);
    try {
      const time = await engine.time(input);
      if (clock === null) expect(time).toBeNull();
      else {
        const layers = project.trace.filter(({ op }) => op !== 'call');
        expect(time!.layers.length).toBe(layers.length);
        for (const cycles of [time!.cycles, ...time!.layers]) {
          expect(cycles).toBeGreaterThan(0);
          expect(cycles).toBeLessThan(2 ** 31);
        }
      }
      // What was timed leaves nothing behind.
      expect(Buffer.compare(await engine.trace(input, 1), traces.subarray(0, project.traceBytes))).toBe(0);
    } finally {
      await engine.dispose();
    }
  });
});

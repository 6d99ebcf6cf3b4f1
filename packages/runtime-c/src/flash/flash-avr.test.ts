import { describe, expect, test } from 'vitest';
import { hasProgram } from '../../test/board-tools.js';
import { loadFixture } from '../../test/load-fixture.js';
import { Stk500BootLoader } from '../../test/stk500-boot-loader.js';
import { findBoard } from '../board/board.js';
import { connectBoard } from '../board/board-engine.js';
import { buildBoardImage } from '../board/build-image.js';
import { emulatedBoard, missingBoardTools } from '../board/emulation.js';
import { startAvrEmulator } from '../emulate-avr.js';
import { plansOf, readyPlan } from './choose-plan.js';
import { imageFiles } from './image-files.js';
import { writeFlash } from './write-flash.js';

const board = emulatedBoard(findBoard('uno'));
const missing = (await missingBoardTools(board))?.length !== 0 || !hasProgram('avrdude');

describe.skipIf(missing)('an Arduino Uno (skipped without avr-gcc or avrdude)', () => {
  test('runs what avrdude wrote through its boot loader, and proves the network', async () => {
    const { project, inputs, traces } = loadFixture('int8');
    const { bytes } = await buildBoardImage(project, board, { firmware: 'serve' });
    const { start, files: images } = imageFiles(bytes, null);
    const files = images.map((file) => ({ ...file, name: `firmware.${file.kind}` }));
    const firmware = {
      board: board.name,
      precision: 'int8',
      probe: null,
      start,
      flashBytes: 0,
      network: project,
      files,
    };
    const loader = await Stk500BootLoader.start();
    try {
      const ready = await readyPlan(board, plansOf(board, {}), {});
      const ignore = (): void => undefined;
      const options = { port: loader.port, gdb: null, folder: null, onLine: ignore, onOutput: ignore };
      await writeFlash(board, firmware, ready, options);
    } finally {
      await loader.stop();
    }
    expect(loader.left).toBe(true);
    const line = startAvrEmulator(board, [{ address: 0, bytes: loader.flash }]);
    const engine = await connectBoard(project, board, line, 'what avrdude wrote');
    try {
      const found = await engine.trace(inputs.subarray(0, 3 * project.inputBytes), 3);
      expect(Buffer.compare(found, traces.subarray(0, 3 * project.traceBytes))).toBe(0);
      expect(await engine.selfTest()).toBeNull();
    } finally {
      await engine.dispose();
    }
  });
});

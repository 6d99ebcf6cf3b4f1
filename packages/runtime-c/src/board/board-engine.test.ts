import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CProject } from '@kiln/ir';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadFixture, withChangedC } from '../../test/load-fixture.js';
import { startEmulator } from '../emulate.js';
import { encodeFrame, FRAME } from '../line/frame.js';
import type { SerialLine } from '../line/serial-line.js';
import { compareTraces, describeDifference } from '../parity.js';
import { findBoard, listBoards } from './board.js';
import type { Board } from './board.js';
import { connectBoard, createBoardEngine } from './board-engine.js';
import type { BoardEngine } from './board-engine.js';
import { missingBoardTools } from './board-family.js';
import { buildBoardImage } from './build-image.js';

/** TMPDIR of the tests: they see at once what is left behind. */
let scratch = '';
const outerTemporary = process.env['TMPDIR'];

beforeEach(() => {
  scratch = mkdtempSync(join(outerTemporary ?? '/tmp', 'kiln test with spaces '));
  process.env['TMPDIR'] = scratch;
});

afterEach(() => {
  if (outerTemporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = outerTemporary;
  rmSync(scratch, { recursive: true, force: true });
});

async function withEngine<T>(engine: BoardEngine, use: (engine: BoardEngine) => Promise<T>): Promise<T> {
  try {
    return await use(engine);
  } finally {
    await engine.dispose();
    expect(readdirSync(scratch)).toEqual([]);
  }
}

/** An engine whose line, or whose image, the test has a hand in. */
async function engineOf(
  project: CProject,
  board: Board,
  hands: { readonly image?: (bytes: Uint8Array) => Uint8Array; readonly line?: (line: SerialLine) => SerialLine } = {},
): Promise<BoardEngine> {
  const { bytes, description } = await buildBoardImage(project, board, { firmware: 'serve' });
  const line = await startEmulator(board, hands.image?.(bytes) ?? bytes);
  return connectBoard(project, board, hands.line?.(line) ?? line, description, { patience: { acceptedMs: 1500 } });
}

const CASES = await Promise.all(
  listBoards().map(async (board) => [board.name, board, (await missingBoardTools(board)).length > 0] as const),
);

describe.each(CASES)('%s, emulated (skipped where a tool is missing)', (_name, board, missing) => {
  test.skipIf(missing).each(['int8', 'float32'] as const)(
    'gives the reference trace, byte for byte: %s',
    async (precision) => {
      const { project, inputs, count, traces } = loadFixture(precision);
      await withEngine(await createBoardEngine(project, board), async (engine) => {
        const found = await engine.trace(inputs, count);
        const { first } = compareTraces(project, traces, found, count);
        expect(first === null ? 'equal' : describeDifference(first)).toBe('equal');
        expect(await engine.selfTest()).toBeNull();
        expect(engine.stackHighWater()).toBeGreaterThan(100);
        expect(engine.stackHighWater()).toBeLessThan(1024);
      });
    },
  );

  test.skipIf(missing)('names the layer whose weights were spoilt in the image', async () => {
    const { project } = loadFixture('int8');
    const spoil = (bytes: Uint8Array): Uint8Array => spoilTable(project, 'conv_weights', bytes);
    await withEngine(await engineOf(project, board, { image: spoil }), async (engine) => {
      expect(await engine.selfTest()).toBe('conv');
    });
  });
});

/** Turns one bit of an int8 table, found in the image by its values as they stand in the C. */
function spoilTable({ files }: CProject, name: string, image: Uint8Array): Uint8Array {
  const text = files.find(({ path }) => path.endsWith('.c'))!.text;
  const values = new RegExp(`${name}\\[\\d+\\] = \\{([^}]*)\\}`).exec(text)![1]!.match(/-?\d+/g)!;
  const at = Buffer.from(image).indexOf(Buffer.from(Int8Array.from(values, Number).buffer));
  expect(at).toBeGreaterThan(0);
  const spoilt = Uint8Array.from(image);
  spoilt[at]! ^= 0x40;
  return spoilt;
}

/** One board of each family is enough for what its UART has no part in. */
const ONE_OF_EACH = CASES.filter(([name]) => name === 'mps2-an385' || name === 'hifive1');

describe.each(ONE_OF_EACH)('the firmware on %s', (_name, board, missing) => {
  test.skipIf(missing)('answers after garbage, half a frame and a request that was damaged on its way', async () => {
    const { project, inputs, traces } = loadFixture('int8');
    const count = 12;
    const disturbances = [
      Buffer.from('AT+RST\r\n'),
      Uint8Array.from({ length: 300 }, (_, i) => (i * 31) & 0xff),
      encodeFrame({ type: FRAME.run, sequence: 9, argument: 1, payload: inputs.subarray(0, 16) }).subarray(0, 17),
      encodeFrame({ type: FRAME.run, sequence: 9, argument: 1, payload: new Uint8Array(5000) }),
      Uint8Array.of(0x7e, 0x7e, 0x7d),
    ];
    let writes = 0;
    const line = (inner: SerialLine): SerialLine => ({
      ...inner,
      write: (bytes) => {
        const noise = disturbances[writes++ % disturbances.length]!;
        inner.write(noise);
        // Every fourth request loses a byte.
        inner.write(writes % 4 === 3 ? Buffer.concat([bytes.subarray(0, 5), bytes.subarray(6)]) : bytes);
      },
    });
    await withEngine(await engineOf(project, board, { line }), async (engine) => {
      const found = await engine.trace(inputs.subarray(0, count * project.inputBytes), count);
      expect(Buffer.compare(found, traces.subarray(0, count * project.traceBytes))).toBe(0);
      expect(writes).toBeGreaterThan(count * 1.2);
    });
  });

  test.skipIf(missing)('reports a fault of the core as a crash, with the place', async () => {
    const { project, inputs, count } = loadFixture('int8');
    const invalid = withChangedC(project, /observer\(context, 3,/, 'if (pixels[0] == 16) __builtin_trap();\n$&');
    await withEngine(await engineOf(invalid, board), async (engine) => {
      const failure = { code: 'E-ENGINE-CRASH', message: expect.stringMatching(/cause \d+ at 0x[0-9a-f]{8}/) };
      await expect(engine.trace(inputs, count)).rejects.toMatchObject(failure);
    });
  });

  test.skipIf(missing)('reports a write past the end of the arena', async () => {
    const { project, inputs, count } = loadFixture('int8');
    const wrong = withChangedC(
      project,
      /observer\(context, 0,/,
      '((int8_t *)arena)[sizeof(*arena) + pixels[0] % 2u] = 1;\n$&',
    );
    await withEngine(await engineOf(wrong, board), async (engine) => {
      await expect(engine.trace(inputs, count)).rejects.toThrow('past the end of its arena');
    });
  });

  test.skipIf(missing)('is ended in the middle of a layer that never ends', async () => {
    const { project, inputs, count } = loadFixture('int8');
    const endless = withChangedC(
      project,
      /observer\(context, 0,/,
      'for (volatile int32_t i = 0; pixels[0] == 16 && i >= 0; i = 0) { }\n$&',
    );
    await withEngine(await engineOf(endless, board), async (engine) => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 300);
      const failure = { code: 'E-INTERRUPTED' };
      await expect(engine.trace(inputs, count, { signal: abort.signal })).rejects.toMatchObject(failure);
    });
  });
});

describe('a network that is too large', () => {
  const board = { ...findBoard('mps2-an385') };
  const missing = CASES.find(([name]) => name === board.name)![2];

  test.skipIf(missing)('for the flash is an error with how much it is over', async () => {
    const small = { ...board, flash: { ...board.flash, bytes: 2048 } };
    const failure = {
      code: 'E-BOARD-FIT',
      exitCode: 1,
      message: expect.stringMatching(/flash holds 2048.*\d+ bytes over/),
    };
    await expect(createBoardEngine(loadFixture('int8').project, small)).rejects.toMatchObject(failure);
    expect(readdirSync(scratch)).toEqual([]);
  });

  test.skipIf(missing)('for the RAM is one too, the stack included', async () => {
    const small = { ...board, ram: { ...board.ram, bytes: 1100 } };
    const failure = { code: 'E-BOARD-FIT', message: expect.stringContaining('RAM holds 1100') };
    await expect(createBoardEngine(loadFixture('int8').project, small)).rejects.toMatchObject(failure);
  });
});

test('a tool that is missing is an error with the line that installs it and exit code 3', async () => {
  const outerPath = process.env['PATH'];
  process.env['PATH'] = scratch;
  try {
    const failure = { code: 'E-TOOL-MISSING', exitCode: 3, remedy: expect.stringContaining('--for boards') };
    await expect(createBoardEngine(loadFixture('int8').project, findBoard('microbit'))).rejects.toMatchObject(failure);
  } finally {
    process.env['PATH'] = outerPath;
  }
});

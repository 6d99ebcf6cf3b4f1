import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CProject } from '@kiln/ir';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadFixture, withChangedC } from '../../test/load-fixture.js';
import { readLoadSegments } from '../elf-segments.js';
import { startEmulator } from '../emulate.js';
import { words } from '../line/board-session.js';
import { encodeFrame, FRAME } from '../line/frame.js';
import type { SerialLine } from '../line/serial-line.js';
import { compareTraces, describeDifference } from '../parity.js';
import { findBoard, listBoards } from './board.js';
import type { Board } from './board.js';
import { connectBoard, createBoardEngine } from './board-engine.js';
import type { BoardEngine } from './board-engine.js';
import { buildBoardImage } from './build-image.js';
import { emulatedBoard, missingBoardTools } from './emulation.js';

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
  const emulated = emulatedBoard(board);
  const { bytes, description } = await buildBoardImage(project, emulated, { firmware: 'serve' });
  const line = await startEmulator(emulated, hands.image?.(bytes) ?? bytes);
  return connectBoard(project, board, hands.line?.(line) ?? line, description, { patience: { acceptedMs: 1500 } });
}

/** Boards that run the same code in the same emulator give the same answers: one of them, itself emulated if there is one. */
function distinctBoards(): Board[] {
  const runs = listBoards().filter(({ emulator }) => !('none' in emulator));
  const ownFirst = [...runs].sort((a, b) => Number('nearest' in a.emulator) - Number('nearest' in b.emulator));
  const byRun = new Map<string, Board>();
  for (const board of ownFirst) {
    const key = JSON.stringify([emulatedBoard(board).emulator, board.core.flags]);
    if (!byRun.has(key)) byRun.set(key, board);
  }
  return [...byRun.values()];
}

const CASES = await Promise.all(
  distinctBoards().map(async (board) => [board.name, board, (await missingBoardTools(board))?.length !== 0] as const),
);
/** One board of each family, and of each emulator, is enough for what its core's flags have no part in. */
const ONE_OF_EACH = CASES.filter(([name]) => ['mps2-an385', 'hifive1', 'pico', 'uno'].includes(name));
/** An AVR goes on where another core would stop. */
const WITH_FAULTS = ONE_OF_EACH.filter(([, board]) => board.family !== 'avr');

async function provesTrace(board: Board, precision: 'int8' | 'float32'): Promise<void> {
  const { project, inputs, count, traces } = loadFixture(precision);
  await withEngine(await createBoardEngine(project, board), async (engine) => {
    const found = await engine.trace(inputs, count);
    const { first } = compareTraces(project, traces, found, count);
    expect(first === null ? 'equal' : describeDifference(first)).toBe('equal');
    expect(await engine.selfTest()).toBeNull();
    expect(engine.stackHighWater()).toBeGreaterThan(100);
    expect(engine.stackHighWater()).toBeLessThan(1024);
  });
}

test('boards of every family, emulator and kind of floating point are among those that are tried', () => {
  const names = [
    ...['hifive1', 'microbit', 'mps2-an386', 'mps2-an500', 'mps2-an505', 'mps3-an547', 'pico', 'esp32-c3'],
    ...['uno', 'mega2560'],
  ];
  expect(CASES.map(([name]) => name)).toEqual(expect.arrayContaining(names));
});

describe.each(CASES)('%s, emulated (skipped where a tool is missing)', (_name, board, missing) => {
  test.skipIf(missing)('gives the reference trace, byte for byte', () => provesTrace(board, 'int8'));
});

describe.each(ONE_OF_EACH)('%s', (_name, board, missing) => {
  test.skipIf(missing)('gives the reference trace in float32 too', () => provesTrace(board, 'float32'));

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

describe.each(WITH_FAULTS)('the firmware on %s', (_name, board, missing) => {
  test.skipIf(missing)('reports a fault of the core as a crash, with the place', async () => {
    const { project, inputs, count } = loadFixture('int8');
    const invalid = withChangedC(project, /observer\(context, 3,/, 'if (pixels[0] == 16) __builtin_trap();\n$&');
    await withEngine(await engineOf(invalid, board), async (engine) => {
      const failure = { code: 'E-ENGINE-CRASH', message: expect.stringMatching(/cause \d+ at 0x[0-9a-f]{8}/) };
      await expect(engine.trace(inputs, count)).rejects.toMatchObject(failure);
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

const OWN_FIRMWARE = ['nano33ble', 'nucleo-f446re', 'nucleo-g071rb', 'nucleo-h743zi', 'nucleo-l4r5zi', 'pico2'];
const noArm = CASES.find(([name]) => name === 'mps2-an385')![2];

test.skipIf(noArm).each(OWN_FIRMWARE)('the firmware for %s itself, which no emulator runs, is built', async (name) => {
  const board = findBoard(name);
  const { bytes } = await buildBoardImage(loadFixture('int8').project, board, { firmware: 'serve' });
  const segments = readLoadSegments(bytes);
  const { start, bytes: size } = board.flash;
  expect(segments[0]!.address).toBe(Number(start));
  for (const { address, bytes: part } of segments)
    expect(address + part.length).toBeLessThanOrEqual(Number(start) + size);
  // The vector table: the stack's end in RAM, then the first instruction in flash.
  const [stack, first] = words(segments[0]!.bytes.subarray(0, 8));
  expect(stack).toBe(Number(board.ram.start) + board.ram.bytes);
  expect(first! - Number(start)).toBeLessThan(size);
});

test('a board whose images ESP-IDF builds is not built for', async () => {
  const failure = { code: 'E-BOARD-FRAMEWORK', exitCode: 1, remedy: expect.stringContaining('idf.py') };
  const built = buildBoardImage(loadFixture('int8').project, findBoard('esp32-c3'), { firmware: 'serve' });
  await expect(built).rejects.toMatchObject(failure);
});

test('a board that no emulator knows says what can be done instead', async () => {
  const failure = { code: 'E-BOARD-EMULATOR', exitCode: 1, remedy: expect.stringContaining('idf.py') };
  await expect(createBoardEngine(loadFixture('int8').project, findBoard('esp32-s3'))).rejects.toMatchObject(failure);
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

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { boardWith, hasProgram } from '../../test/board-tools.js';
import { Stk500BootLoader } from '../../test/stk500-boot-loader.js';
import type { Board } from '../board/board.js';
import { plansOf, readyPlan } from './choose-plan.js';
import type { FlashChoice } from './choose-plan.js';
import type { Firmware } from './firmware.js';
import type { FlashMethod } from './flash-plan.js';
import { writeFlash } from './write-flash.js';

/** An image of three pages of an AVR and a bit, in every form. */
const BYTES = Uint8Array.from({ length: 400 }, (_, i) => (i * 13 + 5) & 0xff);
const FAMILY = '0xe48bff56';

/** TMPDIR of the tests: they see at once what is left behind. */
let scratch = '';
const outerTemporary = process.env['TMPDIR'];
beforeEach(() => {
  scratch = mkdtempSync(join(outerTemporary ?? tmpdir(), 'kiln-test-write-'));
  process.env['TMPDIR'] = scratch;
});
afterEach(() => {
  if (outerTemporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = outerTemporary;
  rmSync(scratch, { recursive: true, force: true });
});

/** Intel HEX of bytes from address 0, written without the library. */
function hexOf(bytes: Uint8Array): string {
  const lines = Array.from({ length: bytes.length / 16 }, (_, i) => {
    const record = [16, (16 * i) >> 8, (16 * i) & 0xff, 0, ...bytes.subarray(16 * i, 16 * i + 16)];
    return `:${Buffer.from([...record, -record.reduce((sum, byte) => sum + byte, 0) & 0xff]).toString('hex')}`;
  });
  return `${lines.join('\n').toUpperCase()}\n:00000001FF\n`;
}

function firmwareOf(board: Board): Firmware {
  const file = (kind: 'hex' | 'bin' | 'uf2', bytes: Uint8Array) => ({ kind, name: `firmware.${kind}`, bytes });
  return {
    ...{ board: board.name, precision: 'int8', probe: null, start: 0, flashBytes: BYTES.length },
    network: { prefix: 'tiny', inputs: [{ bytes: 16 }], inputBytes: 16, traceBytes: 115, macs: 1 },
    files: [file('hex', Buffer.from(hexOf(BYTES))), file('bin', BYTES), file('uf2', BYTES)],
  };
}

/** Writes to a board that is flashed in this way; answers with the line that was run and all that the tool said. */
async function write(
  method: FlashMethod,
  choice: FlashChoice & { readonly port?: string } = {},
  signal?: AbortSignal,
): Promise<{ readonly line: string; readonly output: string }> {
  const board = boardWith('microbit', [method], ['0d28:0204']);
  let [line, output] = ['', ''];
  const ready = await readyPlan(board, plansOf(board, choice), choice);
  try {
    await writeFlash(board, firmwareOf(board), ready, {
      ...{ port: choice.port ?? null, gdb: choice.gdb ?? null, folder: null, signal },
      onLine: (text) => (line = text),
      onOutput: (chunk) => (output += Buffer.from(chunk).toString('utf8')),
    });
    return { line, output };
  } finally {
    expect(readdirSync(scratch).filter((name) => name.startsWith('kiln-'))).toEqual([]);
  }
}

const AVRDUDE: FlashMethod = { tool: 'avrdude', part: 'atmega328p', programmer: 'arduino', baud: 115200 };

describe('avrdude and a boot loader of an Arduino Uno (its protocol in this process; skipped without avrdude)', () => {
  const missing = !hasProgram('avrdude');
  let loader: Stk500BootLoader;
  afterEach(() => loader?.stop());

  test.skipIf(missing)('write every byte into the flash, and nothing else', async () => {
    loader = await Stk500BootLoader.start();
    const { line, output } = await write(AVRDUDE, { port: loader.port });
    expect(line).toMatch(/^avrdude -p atmega328p -c arduino -P net:127\.0\.0\.1:\d+ -b 115200 -D -U flash:w:\S+:i$/);
    expect(output).toMatch(/400 bytes of flash verified/);
    expect(Buffer.compare(loader.flash.subarray(0, BYTES.length), BYTES)).toBe(0);
    expect(loader.flash.subarray(BYTES.length).every((byte) => byte === 0xff)).toBe(true);
    expect({ pages: loader.pagesWritten, left: loader.left }).toEqual({ pages: 4, left: true });
  });

  test.skipIf(missing)('tell of a flash that holds other bytes than were written', async () => {
    loader = await Stk500BootLoader.start(undefined, (page) => page.map((byte, i) => (i === 7 ? byte ^ 1 : byte)));
    const failure = {
      ...{ code: 'E-FLASH-FAILED', exitCode: 1, where: 'avrdude' },
      message: expect.stringMatching(/verification/),
      remedy: expect.stringContaining('The flash holds other bytes'),
    };
    await expect(write(AVRDUDE, { port: loader.port })).rejects.toMatchObject(failure);
  });

  test.skipIf(missing)('an interruption ends avrdude', async () => {
    loader = await Stk500BootLoader.start();
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    const failure = { code: 'E-INTERRUPTED' };
    await expect(write(AVRDUDE, { port: loader.port }, abort.signal)).rejects.toMatchObject(failure);
  });
});

/** Each tool takes its line, and finds that there is no board: no probe is connected to a machine that runs tests. */
const WITHOUT_BOARD: readonly (readonly [string, FlashMethod, RegExp])[] = [
  ['openocd', { tool: 'openocd', config: ['board/stm32vldiscovery.cfg'] }, /open failed/],
  [
    'openocd',
    { tool: 'openocd', config: ['interface/cmsis-dap.cfg', 'target/nrf51.cfg'] },
    /unable to find a matching/,
  ],
  [
    'openocd',
    { tool: 'openocd', config: ['interface/cmsis-dap.cfg', 'target/rp2040.cfg'] },
    /unable to find a matching/,
  ],
  ['st-flash', { tool: 'st-flash' }, /Couldn't find any ST-Link/],
  ['dfu-util', { tool: 'dfu-util', vendor: '0483', product: 'df11', alternate: 0 }, /No DFU capable USB device/],
  ['pyocd', { tool: 'pyocd', target: 'nrf51' }, /No connected debug probes/],
];

describe.each(WITHOUT_BOARD)('%s (skipped where it is missing)', (program, method, says) => {
  test.skipIf(!hasProgram(program))(`takes the line for ${JSON.stringify(method)}, and finds no board`, async () => {
    const failure = { code: 'E-FLASH-NO-BOARD', exitCode: 1, message: expect.stringMatching(says) };
    await expect(write(method)).rejects.toMatchObject(failure);
  });
});

test.skipIf(!hasProgram('openocd'))('a line that the tool does not take is a failure of another kind', async () => {
  const failure = { code: 'E-FLASH-FAILED', message: expect.stringContaining("Can't find no-such-board.cfg") };
  await expect(write({ tool: 'openocd', config: ['no-such-board.cfg'] })).rejects.toMatchObject(failure);
});

describe('a drive', () => {
  test.each([
    [{ tool: 'uf2', family: FAMILY, volume: 'RPI-RP2' } as const, 'firmware.uf2'],
    [{ tool: 'hex-drive', volume: 'MICROBIT' } as const, 'firmware.hex'],
  ])('gets the image: %j', async (method, name) => {
    const drive = join(scratch, 'drive');
    mkdirSync(drive);
    const { line } = await write(method, { drive });
    expect(line).toBe(`cp ${name} ${drive}`);
    expect(readdirSync(drive)).toEqual([name]);
    const expected = name.endsWith('.hex') ? hexOf(BYTES) : Buffer.from(BYTES).toString('latin1');
    expect(readFileSync(join(drive, name), 'latin1')).toBe(expected);
  });

  test('that two boards show is an error with both', async () => {
    const board = boardWith('microbit', [{ tool: 'hex-drive', volume: 'MICROBIT' }]);
    const [plan] = plansOf(board, {});
    if (plan?.kind !== 'copy') throw new Error('a drive is copied to');
    const drives = ['/media/me/MICROBIT', '/media/me/MICROBIT1'];
    const ignore = (): void => undefined;
    const options = { port: null, gdb: null, folder: null, onLine: ignore, onOutput: ignore };
    const failure = { code: 'E-FLASH-DRIVES', message: expect.stringContaining(drives.join(' and ')) };
    await expect(writeFlash(board, firmwareOf(board), { plan, drives }, options)).rejects.toMatchObject(failure);
  });
});

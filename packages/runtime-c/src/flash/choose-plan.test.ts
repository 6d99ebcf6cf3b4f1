import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boardWith, hasProgram } from '../../test/board-tools.js';
import { plansOf, readyPlan } from './choose-plan.js';
import type { FlashMethod } from './flash-plan.js';

const PYOCD: FlashMethod = { tool: 'pyocd', target: 'nrf51' };
const OPENOCD: FlashMethod = { tool: 'openocd', config: ['interface/cmsis-dap.cfg', 'target/nrf51.cfg'] };
/** No machine has a drive of this name. */
const DRIVE: FlashMethod = { tool: 'hex-drive', volume: 'NO-SUCH-BOARD-HERE' };

const noOpenocd = !hasProgram('openocd') || hasProgram('pyocd');
const outerPath = process.env['PATH'];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-test-plan-'));
});
afterEach(() => {
  process.env['PATH'] = outerPath;
  rmSync(folder, { recursive: true, force: true });
});

async function toolOf(methods: readonly FlashMethod[], choice: Parameters<typeof readyPlan>[2] = {}): Promise<string> {
  const board = boardWith('microbit', methods);
  const { plan } = await readyPlan(board, plansOf(board, choice), choice);
  return plan.tool;
}

test.skipIf(noOpenocd)(
  'the first way that this machine can go is taken (skipped without openocd, or with pyocd)',
  async () => {
    expect(await toolOf([DRIVE, PYOCD, OPENOCD])).toBe('openocd');
  },
);

test('a drive that is named is taken, and so is a tool', async () => {
  expect(await toolOf([PYOCD, DRIVE], { drive: folder })).toBe('hex-drive');
  const plans = plansOf(boardWith('microbit', [PYOCD, OPENOCD]), { tool: 'openocd' });
  expect(plans.map(({ tool }) => tool)).toEqual(['openocd']);
});

test('a gdb server that is named is the way of every board', () => {
  const plans = plansOf(boardWith('microbit', []), { gdb: 'localhost:3333' });
  expect(plans.map(({ tool }) => tool)).toEqual(['gdb']);
});

test('without any of the tools the error lists them all with the lines that install them', async () => {
  process.env['PATH'] = folder;
  const failure = {
    ...{ code: 'E-FLASH-TOOL', exitCode: 3, where: 'microbit' },
    message: expect.stringMatching(/pyocd or openocd, found no drive named NO-SUCH-BOARD-HERE/),
    remedy: expect.stringMatching(/--drive DIR.*; or for pyocd: .*pipx install pyocd; or for openocd: .*--for flash/),
  };
  await expect(toolOf([DRIVE, PYOCD, OPENOCD])).rejects.toMatchObject(failure);
});

test('a drive that is not there is an error of its own where nothing else would do', async () => {
  const failure = { code: 'E-FLASH-NO-DRIVE', exitCode: 1, message: expect.stringContaining('NO-SUCH-BOARD-HERE') };
  await expect(toolOf([DRIVE])).rejects.toMatchObject(failure);
});

test('a board that is flashed through gdb wants to know the server', async () => {
  await expect(toolOf([{ tool: 'gdb' }])).rejects.toMatchObject({ code: 'E-FLASH-GDB', exitCode: 2 });
});

test('of an ESP32 the error says how its own project is flashed', async () => {
  const failure = { code: 'E-FLASH-ESP-IDF', exitCode: 1, remedy: expect.stringContaining('idf.py -p PORT flash') };
  await expect(toolOf([{ tool: 'esptool', chip: 'esp32c3' }])).rejects.toMatchObject(failure);
});

test('a tool that is no way to flash the board is a wrong command line', () => {
  const board = boardWith('microbit', [PYOCD, OPENOCD]);
  const failure = { code: 'E-FLASH-METHOD', exitCode: 2, message: expect.stringContaining('pyocd, openocd') };
  expect(() => plansOf(board, { tool: 'avrdude' })).toThrow(expect.objectContaining(failure));
  expect(() => plansOf(board, { drive: folder })).toThrow(expect.objectContaining(failure));
});

test('a board whose file does not say how it is flashed is an error with what else can be done', () => {
  const failure = { code: 'E-FLASH-UNKNOWN', exitCode: 1, remedy: expect.stringContaining('--gdb HOST:PORT') };
  expect(() => plansOf(boardWith('microbit', []), {})).toThrow(expect.objectContaining(failure));
});

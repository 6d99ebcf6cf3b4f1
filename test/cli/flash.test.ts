import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { listBoards } from '@kiln/runtime-c';
import { errorCodes, programInPath, Sandbox } from './kiln-process.js';
import { saveModel } from './tiny-model.js';

// What a person does with a board on the desk. QEMU and its gdb server stand for the board; skipped where a tool is missing.

const sandbox = new Sandbox();
const model = saveModel(sandbox.at('model'));
const missing = ['arm-none-eabi-gcc', 'qemu-system-arm'].some((tool) => programInPath(tool) === null);
const withoutGdb = missing || programInPath('gdb-multiarch') === null;

test('--dry-run shows a line for every tool, without a tool, a board or a model built for it', async () => {
  // One board for each tool that comes first.
  const first = new Map(listBoards().map(({ name, flashing }) => [flashing.methods[0]!.tool, name]));
  expect(first.size).toBeGreaterThan(5);
  for (const name of first.values()) {
    const { code, stdout, stderr } = await sandbox.run(['flash', model, '--board', name, '--dry-run', '--json']);
    expect(code, `${name}\n${stderr}`).toBe(0);
    const { tool, line } = JSON.parse(stdout) as { tool: string; line: string };
    expect(line, name).toMatch(tool === 'esptool' ? /^idf\.py .*flash/ : /firmware\.(hex|bin|elf|uf2)|DIR/);
  }
});

test.skipIf(missing)('compile --firmware writes the images, and flash shows the line for that folder', async () => {
  const folder = sandbox.at('firmware');
  const compiled = await sandbox.run(['compile', model, '-o', folder, '--board', 'microbit', '--firmware']);
  expect(compiled.code, compiled.stderr).toBe(0);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['firmware.bin', 'firmware.elf', 'firmware.hex']));
  expect(readFileSync(`${folder}/firmware.hex`, 'latin1')).toMatch(/^:[0-9A-F]+\r?\n/);
  const shown = await sandbox.run(['flash', folder, '--board', 'microbit', '--tool', 'pyocd', '--dry-run']);
  expect(shown.stdout).toBe(`pyocd flash --no-wait -t nrf51 ${folder}/firmware.hex\n`);
  const other = await sandbox.run(['flash', folder, '--board', 'pico', '--dry-run']);
  expect([other.code, errorCodes(other)]).toEqual([1, ['E-FIRMWARE-BOARD']]);
});

test.skipIf(missing)('a board that is not there is an error that says what to do', async () => {
  const port = ['--port', '/dev/kiln-has-no-such-port'];
  const run = await sandbox.run(['verify', model, '--on', 'mps2-an386', '--quantize', 'int8', ...port]);
  expect([run.code, errorCodes(run)]).toEqual([1, ['E-PORT-MISSING']]);
  const two = await sandbox.run(['verify', model, '--on', 'mps2-an386,microbit', ...port]);
  expect([two.code, errorCodes(two)]).toEqual([2, ['E-PORT-ENGINE']]);
});

/** Boards whose emulator stands for one on the desk, and whether its core has a clock there. */
const EMULATED = [
  ['mps2-an386', 'qemu-system-arm', 'mps2-an386', false],
  ['hifive1', 'qemu-system-riscv32', 'sifive_e', true],
] as const;

test.skipIf(withoutGdb).for(EMULATED)(
  'gdb loads the firmware into %s, it proves itself, verify speaks to it and bench times it',
  async ([name, program, machine, hasClock]) => {
    const [gdbPort, linePort] = [await freePort(), await freePort()];
    const plain = ['-machine', machine, '-display', 'none', '-monitor', 'none', '-S'];
    const gdb = `tcp:127.0.0.1:${gdbPort}`;
    const board = spawn(program, [...plain, '-gdb', gdb, '-serial', `tcp:127.0.0.1:${linePort},server=on,wait=off`]);
    try {
      const line = `tcp:127.0.0.1:${linePort}`;
      const where = ['--gdb', `127.0.0.1:${gdbPort}`, '--port', line];
      const flashed = await sandbox.run(['flash', model, '--board', name, '--tool', 'gdb', ...where, '--json']);
      expect(flashed.code, flashed.stderr).toBe(0);
      expect(JSON.parse(flashed.stdout)).toMatchObject({ board: name, tool: 'gdb', selfTest: 'passed' });
      const proven = await sandbox.run(['verify', model, '--on', name, '--port', line, '--count', '3']);
      expect(proven.code, proven.stderr).toBe(0);
      const timed = await sandbox.run(['bench', model, '--board', name, '--port', line, '--json']);
      expect(timed.code, timed.stderr).toBe(0);
      const [found] = (JSON.parse(timed.stdout) as { boards: PortBenchDocument[] }).boards;
      expect(found).toMatchObject({ board: name, port: line });
      expect(found!.stackBytes).toBeGreaterThan(0);
      expect(found!.cycles).toEqual(hasClock ? expect.any(Number) : null);
      if (hasClock)
        expect(found!.layers.map(({ op }) => op)).toEqual(
          expect.arrayContaining(['conv2d', 'maxPool2d', 'dense', 'softmax']),
        );
      const other = await sandbox.run(['bench', model, '--board', `${name},microbit`, '--port', line]);
      expect([other.code, errorCodes(other)]).toEqual([2, ['E-PORT-ENGINE']]);
    } finally {
      board.kill('SIGKILL');
    }
  },
);

interface PortBenchDocument {
  readonly cycles: number | null;
  readonly stackBytes: number;
  readonly layers: readonly { readonly op: string; readonly cycles: number }[];
}

/** A port of this machine that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

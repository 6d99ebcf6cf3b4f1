import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boardWith } from '../../test/board-tools.js';
import { permissionRemedy, udevLine } from '../line/port-permission.js';
import { checkPort, listPorts, matchPorts, onePort } from './ports.js';

const MICROBIT = boardWith('microbit', [], ['0d28:0204']);
const SERIAL = { path: '/dev/ttyS0' };
const BOARD = { path: '/dev/ttyACM0', vendorId: '0D28', productId: '0204', manufacturer: 'Arm', serialNumber: '9900' };
const OTHER = { path: '/dev/ttyACM1', vendorId: '0d28', productId: '0204', serialNumber: '9901' };
const UNO = { path: '/dev/ttyACM2', vendorId: '2341', productId: '0043' };

/** What udev says of a board that is plugged in, as `udevadm info -e` prints it. */
const UDEV = `P: /devices/pci0000:00/usb1/1-2/1-2:1.1/tty/ttyACM0
N: ttyACM0
E: DEVNAME=/dev/ttyACM0
E: ID_BUS=usb
E: ID_VENDOR_ID=0d28
E: ID_MODEL_ID=0204
E: ID_SERIAL_SHORT=9900
E: ID_VENDOR=Arm

P: /devices/platform/serial8250/tty/ttyS9
N: ttyS9
E: DEVNAME=/dev/ttyS9

`;

const outerPath = process.env['PATH'];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-test-ports-'));
});
afterEach(() => {
  process.env['PATH'] = outerPath;
  rmSync(folder, { recursive: true, force: true });
});

test('the port of a board is that with its USB numbers, in whatever letters', () => {
  expect(matchPorts([SERIAL, UNO, BOARD], MICROBIT)).toEqual([BOARD]);
  expect(onePort(MICROBIT, [SERIAL, UNO, BOARD])).toBe('/dev/ttyACM0');
});

test('without a board the error names what it looked for and what there is', () => {
  const failure = {
    ...{ code: 'E-FLASH-NO-BOARD', exitCode: 1 },
    message: expect.stringMatching(/0d28:0204, found only \/dev\/ttyS0; \/dev\/ttyACM2 \(USB 2341:0043\)/),
  };
  expect(() => onePort(MICROBIT, [SERIAL, UNO])).toThrow(expect.objectContaining(failure));
  expect(() => onePort(MICROBIT, [])).toThrow(/found no serial port at all/);
});

test('two boards are both listed, and one has to be chosen', () => {
  const failure = {
    code: 'E-FLASH-BOARDS',
    message: expect.stringMatching(/found 2: \/dev\/ttyACM0 \(.*Arm, 9900\); \/dev\/ttyACM1 \(.*9901\)/),
    remedy: expect.stringContaining('--port'),
  };
  expect(() => onePort(MICROBIT, [BOARD, OTHER, UNO])).toThrow(expect.objectContaining(failure));
});

test('the port of a board without USB numbers has to be named', () => {
  const failure = { code: 'E-FLASH-PORT', exitCode: 2, remedy: expect.stringContaining('--port PORT') };
  expect(() => onePort(boardWith('mps2-an386', []), [BOARD])).toThrow(expect.objectContaining(failure));
});

test.skipIf(process.platform !== 'linux')('ports are listed as udev knows them (on Linux)', async () => {
  writeFileSync(join(folder, 'udevadm'), `#!/bin/sh\n/bin/cat <<'END'\n${UDEV}END\n`);
  chmodSync(join(folder, 'udevadm'), 0o755);
  process.env['PATH'] = folder;
  expect(matchPorts(await listPorts(), MICROBIT)).toMatchObject([{ path: '/dev/ttyACM0', serialNumber: '9900' }]);
});

test.skipIf(process.platform !== 'linux')('without udev the port has to be named (on Linux)', async () => {
  process.env['PATH'] = folder;
  const failure = { code: 'E-PORT-LIST', message: expect.stringContaining('udevadm') };
  await expect(listPorts()).rejects.toMatchObject(failure);
});

test('a port that is not there is an error before anything is written', async () => {
  await expect(checkPort(join(folder, 'ttyACM7'))).rejects.toMatchObject({ code: 'E-PORT-MISSING' });
  await expect(checkPort('tcp:localhost:4000')).resolves.toBeUndefined();
});

test('a port of others is an error with the line that joins its group', async () => {
  const port = join(folder, 'ttyACM7');
  writeFileSync(port, '', { mode: 0o000 });
  if (process.getuid?.() !== 0) {
    await expect(checkPort(port)).rejects.toMatchObject({ code: 'E-PORT-PERMISSION' });
  }
  expect(permissionRemedy(port, 'linux')).toMatch(/sudo usermod -aG \S+ \$USER/);
  expect(permissionRemedy('/no/such/port', 'linux')).toContain('-aG dialout');
  expect(permissionRemedy(port, 'darwin')).not.toContain('usermod');
});

test('the line for udev is one that a shell runs', () => {
  const [echo] = udevLine('usb', '0483').split(' | ');
  expect(spawnSync('sh', ['-c', echo!], { encoding: 'utf8' }).stdout).toBe(
    'SUBSYSTEM=="usb", SUBSYSTEMS=="usb", ATTRS{idVendor}=="0483", TAG+="uaccess"\n',
  );
});

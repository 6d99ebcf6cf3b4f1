import { access, constants } from 'node:fs/promises';
import { EnvironmentError, UsageError } from '@kiln/ir';
import type { Board } from '../board/board.js';
import { loadSerialPortLibrary, missingPortError, permissionError } from '../line/serial-port.js';
import { parseTcp } from '../line/open-line.js';

/** A serial port of this machine, and what is known of the USB device behind it. */
export interface PortInfo {
  readonly path: string;
  /** Four hexadecimal digits each. */
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly manufacturer?: string | undefined;
}

/** Every serial port of this machine. Errors: `E-PORT-LIST`, `E-PORT-LIBRARY`. */
export async function listPorts(): Promise<PortInfo[]> {
  const { SerialPort } = await loadSerialPortLibrary();
  try {
    return await SerialPort.list();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const found = code === 'ENOENT' ? 'no udevadm, which knows them' : message;
    const remedy = 'Name the port of the board: --port PORT';
    throw new EnvironmentError('E-PORT-LIST', 'serial ports', `expected a list of them, found ${found}`, remedy);
  }
}

/** The ports that show themselves as the board's file says. */
export function matchPorts(ports: readonly PortInfo[], { usb }: Board): PortInfo[] {
  return ports.filter(({ vendorId, productId }) =>
    usb?.devices.some(
      ({ vendor, product }) => vendor === vendorId?.toLowerCase() && product === productId?.toLowerCase(),
    ),
  );
}

/**
 * The one port of a board.
 *
 * Errors: `E-FLASH-PORT` if nothing tells which one it is, `E-FLASH-NO-BOARD` if none is there, `E-FLASH-BOARDS` if several
 * are.
 */
export function onePort(board: Board, ports: readonly PortInfo[]): string {
  if (board.usb === undefined) throw unknownPort(board);
  const matches = matchPorts(ports, board);
  if (matches.length === 1) return matches[0]!.path;
  if (matches.length > 1) {
    const message = `expected one port of one board, found ${matches.length}: ${matches.map(describePort).join('; ')}`;
    throw new EnvironmentError('E-FLASH-BOARDS', board.name, message, 'Choose one with --port PORT');
  }
  const numbers = board.usb.devices.map(({ vendor, product }) => `${vendor}:${product}`).join(' or ');
  const others = ports.length === 0 ? 'no serial port at all' : `only ${ports.map(describePort).join('; ')}`;
  const message = `expected a USB device ${numbers}, found ${others}`;
  const remedy = 'Plug the board in with a cable that carries data, or name its port with --port';
  throw new EnvironmentError('E-FLASH-NO-BOARD', board.name, message, remedy);
}

/** The error for a board whose port has to be named. */
export function unknownPort({ name }: Board): UsageError {
  const message = 'shows the serial port of its firmware by no USB numbers that are known, expected --port';
  const remedy = 'Name the serial port of its adapter: --port PORT; or do without the check of the board: --no-check';
  return new UsageError('E-FLASH-PORT', name, message, remedy);
}

function describePort({ path, vendorId, productId, serialNumber, manufacturer }: PortInfo): string {
  const numbers = vendorId === undefined ? [] : [`USB ${vendorId}:${productId ?? '?'}`];
  const about = [
    ...numbers,
    ...(manufacturer === undefined ? [] : [manufacturer]),
    ...(serialNumber === undefined ? [] : [serialNumber]),
  ];
  return about.length === 0 ? path : `${path} (${about.join(', ')})`;
}

/** Says early that a port cannot be used. Errors: `E-PORT-MISSING`, `E-PORT-PERMISSION`. */
export async function checkPort(port: string): Promise<void> {
  if (parseTcp(port) !== null || process.platform === 'win32') return;
  await access(port, constants.R_OK | constants.W_OK).catch(({ code }: NodeJS.ErrnoException) => {
    throw code === 'ENOENT' ? missingPortError(port) : permissionError(port);
  });
}

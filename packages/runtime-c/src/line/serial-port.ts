import { EnvironmentError, InterruptedError } from '@kiln/ir';
import type * as Library from 'serialport';
import type { SerialPort } from 'serialport';
import { permissionRemedy } from './port-permission.js';
import { BAUD } from './serial-line.js';
import type { SerialLine } from './serial-line.js';

/** The library with its native part, loaded when a port is first needed. */
export type SerialPortLibrary = typeof Library;

/** Errors: `E-PORT-LIBRARY` where the library has nothing for this system. */
export async function loadSerialPortLibrary(): Promise<SerialPortLibrary> {
  try {
    return await import('serialport');
  } catch (error) {
    const message = `expected the package to work on ${process.platform} ${process.arch}, found: ${String(error)}`;
    const remedy = 'Reach the port over the network: --port tcp:HOST:PORT';
    throw new EnvironmentError('E-PORT-LIBRARY', 'serialport', message, remedy, { cause: error });
  }
}

/**
 * Opens a serial port of this machine: 115,200 baud, 8 data bits, no parity, one stop bit. Nobody else may open it
 * meanwhile.
 *
 * Errors: `E-PORT-MISSING`, `E-PORT-PERMISSION`, `E-PORT-BUSY`, `E-PORT-OPEN`, `E-PORT-LIBRARY`; `E-INTERRUPTED`.
 */
export async function openSerialPort(path: string, signal?: AbortSignal): Promise<SerialLine> {
  const { SerialPort } = await loadSerialPortLibrary();
  const port = new SerialPort({ path, baudRate: BAUD, autoOpen: false });
  await new Promise<void>((resolve, reject) =>
    port.open((error) => (error === null ? resolve() : reject(openError(path, error)))),
  );
  const line = lineOf(port);
  if (signal?.aborted !== true) return line;
  await line.close();
  throw new InterruptedError(path, 'Run the command again');
}

function lineOf(port: SerialPort): SerialLine {
  const closed = new Promise<string>((resolve) => {
    // A read or write that fails; the port closes after it.
    port.on('error', (error) => resolve(`${port.path}: ${error.message}`));
    port.on('close', (error: Error | null) => {
      resolve(
        error === null ? `${port.path} was closed` : `${port.path} has gone (${error.message}): is it unplugged?`,
      );
    });
  });
  return {
    write: (bytes) => void port.write(Buffer.from(bytes)),
    onData: (listener) => void port.on('data', listener),
    closed,
    close: async () => {
      if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
    },
  };
}

/** What the system says when a port cannot be opened, as the library hands it on. */
function openError(path: string, { message }: Error): EnvironmentError {
  if (/permission denied|access denied/i.test(message)) return permissionError(path);
  if (/no such file|file not found/i.test(message)) return missingPortError(path);
  if (/cannot lock|busy|temporarily unavailable/i.test(message)) {
    const remedy = 'Close what has it open (a serial monitor, an IDE, ModemManager), then run the command again';
    return new EnvironmentError('E-PORT-BUSY', path, 'expected a free port, found that a program uses it', remedy);
  }
  const remedy = 'Name a serial port with --port';
  return new EnvironmentError('E-PORT-OPEN', path, `expected a serial port, found: ${message}`, remedy);
}

export function missingPortError(path: string): EnvironmentError {
  const remedy = 'Plug the board in, or name another port with --port';
  return new EnvironmentError('E-PORT-MISSING', path, 'expected a serial port, found nothing of that name', remedy);
}

export function permissionError(path: string): EnvironmentError {
  const message = 'expected a port that may be opened, found that you have no permission';
  return new EnvironmentError('E-PORT-PERMISSION', path, message, permissionRemedy(path));
}

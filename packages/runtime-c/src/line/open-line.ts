import { UsageError } from '@kiln/ir';
import { openSerialPort } from './serial-port.js';
import type { SerialLine } from './serial-line.js';
import { openTcpLine } from './tcp-line.js';

const OVER_TCP = /^tcp:(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/;

/**
 * Opens what `--port` names: a serial port of this machine, or `tcp:HOST:PORT`.
 *
 * Errors: `E-PORT-NAME` for what is neither; those of `openSerialPort` and `openTcpLine`.
 */
export async function openLine(name: string, signal?: AbortSignal): Promise<SerialLine> {
  const address = parseTcp(name);
  return address === null ? openSerialPort(name, signal) : openTcpLine(address.host, address.port, signal);
}

/** Where on the network a line is; null for a port of this machine. Errors: `E-PORT-NAME`. */
export function parseTcp(name: string): { readonly host: string; readonly port: number } | null {
  if (!name.startsWith('tcp:')) return null;
  const [, bracketed, plain, digits] = OVER_TCP.exec(name) ?? [];
  const [host, port] = [bracketed ?? plain, Number(digits)];
  if (host !== undefined && port > 0 && port < 65_536) return { host, port };
  throw new UsageError(
    'E-PORT-NAME',
    `--port ${name}`,
    'is no line, expected tcp:HOST:PORT',
    'Such as tcp:localhost:4000',
  );
}

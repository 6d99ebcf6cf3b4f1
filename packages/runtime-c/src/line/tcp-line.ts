import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { EnvironmentError, InterruptedError } from '@kiln/ir';
import type { SerialLine } from './serial-line.js';

/** How long a host may take to answer. */
const CONNECT_MS = 10_000;

/**
 * Connects to a serial line that another program serves on the network, byte for byte: an emulator, ser2net, socat.
 *
 * Errors: `E-PORT-OPEN` if nobody answers there, `E-INTERRUPTED`.
 */
export function openTcpLine(host: string, port: number, signal?: AbortSignal): Promise<SerialLine> {
  const where = `tcp:${host}:${port}`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, timeout: CONNECT_MS });
    const fail = (reason: string): void => {
      socket.destroy();
      const remedy = 'Start what serves the line, or name another with --port';
      reject(new EnvironmentError('E-PORT-OPEN', where, `expected a line on the network, found ${reason}`, remedy));
    };
    const onError = (error: NodeJS.ErrnoException): void => fail(error.code ?? error.message);
    const onAbort = (): void => {
      socket.destroy();
      reject(new InterruptedError(where, 'Run the command again'));
    };
    socket.once('error', onError);
    socket.once('timeout', () => fail(`no answer within ${CONNECT_MS / 1000} s`));
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', onError);
      signal?.removeEventListener('abort', onAbort);
      resolve(lineOf(socket, where));
    });
    if (signal?.aborted === true) onAbort();
  });
}

function lineOf(socket: Socket, where: string): SerialLine {
  const closed = new Promise<string>((resolve) => {
    socket.once('error', (error) => resolve(`${where}: ${error.message}`));
    socket.once('close', () => resolve(`${where} was closed`));
  });
  return {
    write: (bytes) => void socket.write(bytes),
    onData: (listener) => void socket.on('data', listener),
    closed,
    close: async () => {
      socket.destroy();
      await closed;
    },
  };
}

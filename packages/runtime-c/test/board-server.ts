import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Board } from '../src/board/board.js';
import { emulatedBoard } from '../src/board/emulation.js';
import { startEmulator } from '../src/emulate.js';
import type { SerialLine } from '../src/line/serial-line.js';

/** An emulated board whose serial line is a TCP port, as ser2net makes one of a real board's. */
export interface BoardServer {
  /** What `--port` is given. */
  readonly port: string;
  stop(): Promise<void>;
}

/** Serves the line of a board that starts with this image at each connection. Without an image nobody answers. */
export async function serveBoard(board: Board, image: Uint8Array | null): Promise<BoardServer> {
  const lines = new Set<SerialLine>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    if (image === null) return;
    void startEmulator(emulatedBoard(board), image).then((line) => {
      lines.add(line);
      line.onData((bytes) => socket.write(bytes));
      socket.on('data', (bytes) => line.write(bytes));
      socket.on('close', () => void line.close());
      void line.closed.then(() => socket.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: `tcp:127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      sockets.forEach((socket) => socket.destroy());
      await Promise.all([...lines].map((line) => line.close()));
      await closed(server);
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

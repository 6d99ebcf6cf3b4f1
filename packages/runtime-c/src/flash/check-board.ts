import { setTimeout as wait } from 'node:timers/promises';
import { EnvironmentError, InterruptedError, KilnError, ParityError } from '@kiln/ir';
import type { Board } from '../board/board.js';
import { connectBoard } from '../board/board-engine.js';
import type { BoardEngine } from '../board/board-engine.js';
import { openLine } from '../line/open-line.js';
import type { Firmware } from './firmware.js';
import { sha256 } from './firmware.js';
import { listPorts, onePort } from './ports.js';

export interface CheckOptions {
  /** What `--port` names; null if the port is to be found by its USB numbers. */
  readonly port: string | null;
  /** How long the board may take to come back. */
  readonly waitMs: number;
  /** For how long an older firmware may still answer: a drive's contents get into the flash behind our back. */
  readonly settleMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What passes while a board starts anew: its port is not there, belongs to nobody yet, is being looked at by others. */
const PASSING = [
  ...['E-PORT-MISSING', 'E-PORT-PERMISSION', 'E-PORT-BUSY', 'E-PORT-OPEN', 'E-FLASH-NO-BOARD'],
  ...['E-BOARD-CLOSED', 'E-BOARD-RESTARTED'],
];
/** What an older firmware answers. */
const OLD = ['E-BOARD-NETWORK', 'E-FLASH-SELFTEST', 'E-FLASH-RESULT'];
const PAUSE_MS = 250;

/**
 * Waits for a board that was flashed to come back, and asks it to prove itself: it runs the network, its self-test passes,
 * and one inference gives what the reference computed. Answers with the port it was found on.
 *
 * Errors: `E-FLASH-SILENT` if it does not come back in time; `E-FLASH-SELFTEST` with the first layer that differs;
 * `E-FLASH-RESULT` if it runs a network of the same name and shape with other weights; `E-BOARD-NETWORK` if it runs another
 * one; those of `openLine` and `BoardSession`; `E-INTERRUPTED`.
 */
export async function checkBoard(board: Board, firmware: Firmware, options: CheckOptions): Promise<string> {
  const started = Date.now();
  const { waitMs, settleMs, signal } = options;
  for (;;) {
    const elapsedMs = Date.now() - started;
    try {
      return await tryBoard(board, firmware, options, Math.max(waitMs - elapsedMs, PAUSE_MS));
    } catch (error) {
      if (signal?.aborted === true) throw new InterruptedError(board.name, 'Run the command again');
      if (!(error instanceof KilnError)) throw error;
      if (error.code === 'E-BOARD-SILENT') throw silent(board, waitMs, 'it says nothing');
      const passes = PASSING.includes(error.code) || (OLD.includes(error.code) && elapsedMs < settleMs);
      if (!passes) throw error;
      if (elapsedMs >= waitMs) throw isPort(error) ? error : silent(board, waitMs, error.message);
    }
    await wait(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** One attempt, on the port as it is now. */
async function tryBoard(board: Board, firmware: Firmware, options: CheckOptions, startMs: number): Promise<string> {
  const { signal } = options;
  const port = options.port ?? onePort(board, await listPorts());
  const line = await openLine(port, signal);
  const on = `${board.name} on ${port}`;
  const engine = await connectBoard(firmware.network, board, line, on, { patience: { startMs }, signal });
  // Ends every wait, also that for the self-test.
  const onAbort = (): void => void engine.dispose();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await prove(board, firmware, engine, signal);
    return port;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await engine.dispose();
  }
}

/** A port that stays closed is told as what it is. */
function isPort({ code }: KilnError): boolean {
  return code.startsWith('E-PORT-') || code === 'E-FLASH-NO-BOARD';
}

function silent(board: Board, waitMs: number, found: string): EnvironmentError {
  const message = `expected the board to come back within ${Math.round(waitMs / 1000)} s, found that ${found}`;
  const remedy =
    'Press its reset button, check that --port is its serial port, or give it more time with --wait SECONDS';
  return new EnvironmentError('E-FLASH-SILENT', board.name, message, remedy);
}

async function prove(
  board: Board,
  { network, probe }: Firmware,
  engine: BoardEngine,
  signal?: AbortSignal,
): Promise<void> {
  const layer = await engine.selfTest();
  if (layer !== null) {
    const message = `the self-test of ${network.prefix} differs in layer '${layer}'`;
    const remedy = 'Flash it again; if it still differs, the flash memory or the supply of the board is at fault';
    throw new ParityError('E-FLASH-SELFTEST', board.name, message, remedy);
  }
  if (probe === null) return;
  const found = await engine.trace(probe.input, 1, { signal });
  if (sha256(found) === probe.traceSha256) return;
  const message = `${network.prefix} there computes something else than the network that was to be written: it is an older one`;
  throw new ParityError(
    'E-FLASH-RESULT',
    board.name,
    message,
    'The image did not get into the flash: run the command again',
  );
}

import { type CProject, type IsaName, MissingToolError, UsageError } from '@kiln/ir';
import {
  connectBoard,
  createBoardEngine,
  createHostEngine,
  createWasmEngine,
  emulatedBoard,
  type Engine,
  findBoard,
  listBoards,
  openLine,
} from '@kiln/runtime-c';
import { Option } from 'commander';

/** What `--on` may name beside boards. The reference is what the others are compared with. */
const ENGINE_NAMES = ['reference', 'host', 'wasm'] as const;
/** One of these, or a board that is emulated. */
export type EngineName = (typeof ENGINE_NAMES)[number] | (string & {});

const MAKERS: Readonly<Record<string, typeof createHostEngine | typeof createWasmEngine>> = {
  host: createHostEngine,
  wasm: createWasmEngine,
};

/** Reads `host,wasm,microbit`. Throws `UsageError` for a name that no engine and no board has; `E-BOARD-EMULATOR`. */
export function parseEngines(text: string): EngineName[] {
  const known = [...ENGINE_NAMES, ...listBoards().map(({ name }) => name)];
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const expected = `expected ${known.join(', ')}`;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError('E-ENGINE', `--on ${unknown}`, `is no engine, ${expected}`, 'Choose from these');
  }
  if (names.length === 0) throw new UsageError('E-ENGINE', '--on', `names no engine, ${expected}`, 'Choose from these');
  // Of a board that nothing emulates the user hears now, not after minutes.
  names.filter(isBoard).forEach((name) => emulatedBoard(findBoard(name)));
  return [...new Set(names)];
}

/** Whether the engine is a board: emulated, and so slower than others. */
export function isBoard(name: EngineName): boolean {
  return !(ENGINE_NAMES as readonly string[]).includes(name);
}

/** The instruction set whose kernels an engine is given where nobody asks for another: a board's own. */
export function isaOf(name: EngineName): IsaName {
  return isBoard(name) ? findBoard(name).core.kernels : 'portable';
}

/** `--port` of the commands that run a network. */
export function portOption(): Option {
  return new Option(
    '--port <port>',
    'a real board that was flashed with this network: its serial port, or tcp:HOST:PORT',
  );
}

/** Says that `--port` is of no use without one board to find there. Errors: `E-PORT-ENGINE`. */
export function checkPortEngines(engines: readonly EngineName[], port: string | undefined, flag = '--on'): void {
  const boards = engines.filter(isBoard);
  if (port === undefined || boards.length === 1) return;
  const message = `is the line of one board, found ${boards.length === 0 ? 'none' : boards.join(', ')} in ${flag}`;
  throw new UsageError('E-PORT-ENGINE', `--port ${port}`, message, `Name one board with ${flag}`);
}

/**
 * Builds an engine (not the reference, which is none), or says which tool it lacks. Every other failure is thrown. With a
 * `port` a board is not emulated but spoken to there.
 */
export async function buildEngine(
  name: EngineName,
  project: CProject,
  signal: AbortSignal,
  port?: string,
): Promise<Engine | MissingToolError> {
  try {
    const make = MAKERS[name];
    if (make !== undefined) return await make(project, { signal });
    const board = findBoard(name);
    if (port === undefined) return await createBoardEngine(project, board, { signal });
    return await connectBoard(project, board, await openLine(port, signal), `what was flashed, on ${port}`, { signal });
  } catch (error) {
    if (error instanceof MissingToolError) return error;
    throw error;
  }
}

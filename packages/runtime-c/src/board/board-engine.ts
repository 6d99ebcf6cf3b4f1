import { EnvironmentError, InterruptedError } from '@kiln/ir';
import type { CProject, PortType } from '@kiln/ir';
import type { Optimization } from '../build-native.js';
import { startEmulator } from '../emulate.js';
import { checkInputs, runError } from '../engine.js';
import type { Engine, TraceOptions } from '../engine.js';
import { BoardSession, RUN_WANTS, words } from '../line/board-session.js';
import type { Patience } from '../line/board-session.js';
import { FRAME } from '../line/frame.js';
import type { SerialLine } from '../line/serial-line.js';
import { requireTool } from '../toolchain.js';
import type { Board } from './board.js';
import { buildBoardImage, inputOffsets, requestOf } from './build-image.js';
import { emulatedBoard, emulationNote, emulatorTool } from './emulation.js';

/** An engine on a board, real or emulated. */
export interface BoardEngine extends Engine {
  /** Bytes of stack in use at the deepest point of all inferences so far, the firmware's share included. */
  stackHighWater(): number;
  /**
   * Times one inference by the core's own clock: the network as it is shipped, then each layer; a state begins fresh. Null
   * where the core has no clock, or its emulator none.
   */
  time(input: Uint8Array): Promise<BoardTime | null>;
}

/** Cycles of the core, modulo 2^32. */
export interface BoardTime {
  readonly cycles: number;
  /** By the index of the trace point. */
  readonly layers: readonly number[];
}

/** What one must know of a network to speak to a board that runs it. */
export type BoardNetwork = Pick<CProject, 'prefix' | 'inputBytes' | 'traceBytes' | 'macs'> & {
  readonly inputs: readonly Pick<PortType, 'bytes'>[];
  readonly trace?: CProject['trace'];
};

export interface BoardOptions {
  readonly optimization?: Optimization;
  readonly patience?: Partial<Patience>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The slowest case is float arithmetic in software: some hundred instructions for each multiplication, three inferences a
 * run, and an emulator on a busy machine with ten million instructions a second.
 */
const ANSWER_MS_PER_MAC = 0.05;
const LEAST_PATIENCE: Patience = { acceptedMs: 10_000, answerMs: 60_000, startMs: 60_000 };

/**
 * Builds the firmware that proves a network, runs it in the board's emulator and speaks to it over the emulated UART.
 *
 * Where no emulator knows the board, its core is emulated on the nearest one, and the description says so.
 *
 * Errors: `E-BOARD-EMULATOR`, `E-TOOL-MISSING`, `E-BOARD-FIT`, those of `buildBoardImage` and of `BoardSession`. Nothing is
 * left behind.
 */
export async function createBoardEngine(
  project: CProject,
  board: Board,
  options: BoardOptions = {},
): Promise<BoardEngine> {
  const emulated = emulatedBoard(board);
  const program = emulatorTool(emulated);
  if (program !== null) await requireTool(program);
  const { bytes, description } = await buildBoardImage(project, emulated, { ...options, firmware: 'serve' });
  const line = await startEmulator(emulated, bytes);
  const note = emulationNote(board);
  const how = `${description} in ${emulated.emulator.program}`;
  return connectBoard(project, board, line, note === null ? how : `${note}: ${how}`, options);
}

/**
 * Makes an engine of a board that runs the network's firmware at the other end of a line; the engine closes the line.
 *
 * Errors: those of `BoardSession`; `E-BOARD-NETWORK` if the board runs another network.
 */
export async function connectBoard(
  project: BoardNetwork,
  board: Board,
  line: SerialLine,
  description: string,
  { patience, signal }: Omit<BoardOptions, 'optimization'> = {},
): Promise<BoardEngine> {
  const perModel = ANSWER_MS_PER_MAC * project.macs;
  const limits = {
    acceptedMs: LEAST_PATIENCE.acceptedMs,
    answerMs: LEAST_PATIENCE.answerMs + perModel,
    startMs: LEAST_PATIENCE.startMs + 2 * perModel,
    ...patience,
  };
  const session = new BoardSession(line, `${project.prefix}.c on ${board.name}`, limits);
  let deepest = 0;
  try {
    await untilAborted(session, board, signal, () => checkNetwork(session, project, board));
  } catch (error) {
    await session.close();
    throw error;
  }
  return {
    name: board.name,
    description,
    trace: (inputs, count, traceOptions) =>
      traceOnBoard(project, board, session, inputs, count, { ...traceOptions }, (used) => {
        deepest = Math.max(deepest, used);
      }),
    selfTest: async () => {
      const request = { type: FRAME.selfTest, argument: 0, payload: new Uint8Array(0) };
      const { argument, payload } = await session.request(request, FRAME.selfTestResult);
      return argument === 0 ? null : Buffer.from(payload).toString('utf8');
    },
    stackHighWater: () => deepest,
    time: (input) => timeOnBoard(project, session, input),
    dispose: () => session.close(),
  };
}

async function checkNetwork(session: BoardSession, project: BoardNetwork, board: Board): Promise<void> {
  const { network, requestBytes, traceBytes } = await session.greet();
  const { end } = inputOffsets(project.inputs);
  if (network === project.prefix && requestBytes === end && traceBytes === project.traceBytes) return;
  const found = `${network} with ${requestBytes} bytes of input and ${traceBytes} of trace`;
  const message = `expected the firmware of ${project.prefix} (${end} and ${project.traceBytes} bytes), found ${found}`;
  throw new EnvironmentError('E-BOARD-NETWORK', board.name, message, 'Write this network’s firmware to the board');
}

async function traceOnBoard(
  project: BoardNetwork,
  board: Board,
  session: BoardSession,
  inputs: Uint8Array,
  count: number,
  { onProgress, signal }: TraceOptions,
  onStack: (used: number) => void,
): Promise<Uint8Array> {
  checkInputs(project, inputs, count);
  const traces = new Uint8Array(count * project.traceBytes);
  await untilAborted(session, board, signal, async () => {
    for (let index = 0; index < count; index++) {
      const input = inputs.subarray(index * project.inputBytes, (index + 1) * project.inputBytes);
      const trace = traces.subarray(index * project.traceBytes, (index + 1) * project.traceBytes);
      onStack(await runOnce(project, board, session, input, trace, index === 0));
      onProgress?.(index + 1, count);
    }
  });
  return traces;
}

/** One inference, its layers' bytes into `trace`. Answers the bytes of stack that it used. */
async function runOnce(
  project: BoardNetwork,
  board: Board,
  session: BoardSession,
  input: Uint8Array,
  trace: Uint8Array,
  fresh: boolean,
): Promise<number> {
  let used = 0;
  const argument = RUN_WANTS.layers | (fresh ? RUN_WANTS.fresh : 0);
  const request = { type: FRAME.run, argument, payload: requestOf(project, input) };
  const done = await session.request(request, FRAME.done, ({ type, payload }) => {
    if (type !== FRAME.layer) return;
    const bytes = payload.subarray(4);
    if (used + bytes.length <= trace.length) trace.set(bytes, used);
    used += bytes.length;
  });
  const status = used === trace.length ? done.argument : 10;
  if (status !== 0) throw runError(project, board.name, status, `status ${status}`);
  return words(done.payload)[0] ?? 0;
}

/** The layer's number in the time of a whole inference. */
const WHOLE_INFERENCE = 0xffffffff;

async function timeOnBoard(project: BoardNetwork, session: BoardSession, input: Uint8Array): Promise<BoardTime | null> {
  checkInputs(project, input, 1);
  let whole: number | null = null;
  const layers: number[] = [];
  const argument = RUN_WANTS.time | RUN_WANTS.fresh;
  const request = { type: FRAME.run, argument, payload: requestOf(project, input) };
  await session.request(request, FRAME.done, ({ type, payload }) => {
    if (type !== FRAME.time) return;
    const [layer = 0, cycles = 0] = words(payload);
    if (layer === WHOLE_INFERENCE) whole = cycles;
    else layers[layer] = cycles;
  });
  return whole === null ? null : { cycles: whole, layers: layers.slice(0, layerCount(project)) };
}

/** Trace points of layers; behind them stand those of whole calls. Where the network is only known by its sizes, all there are. */
function layerCount({ trace }: BoardNetwork): number | undefined {
  return trace?.filter(({ op }) => op !== 'call').length;
}

/** Closes the line on abort, which ends every wait. */
async function untilAborted<T>(
  session: BoardSession,
  board: Board,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const onAbort = (): void => void session.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted === true) throw new InterruptedError(board.name, 'Run the command again');
    return await work();
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    await session.close();
    throw new InterruptedError(board.name, 'Run the command again');
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

import { EnvironmentError, InterruptedError, InvariantError } from '@kiln/ir';
import type { CProject } from '@kiln/ir';
import { readMemoryImage } from '../elf-image.js';
import { readSymbols } from '../elf-sections.js';
import { startAvrEmulator } from '../emulate-avr.js';
import { startPicoEmulator } from '../emulate-pico.js';
import { startEmulator } from '../emulate.js';
import { runError } from '../engine.js';
import { words } from '../line/board-session.js';
import { FRAME, FrameReader } from '../line/frame.js';
import type { Frame } from '../line/frame.js';
import { createTemporaryFolder } from '../temporary-folder.js';
import type { SerialLine } from '../line/serial-line.js';
import type { Board } from '../board/board.js';
import { emulatedBoard } from '../board/emulation.js';
import { cycleModel } from './cycle-model.js';
import { countBlocks, instructionsOf, readSegments } from './count-blocks.js';

/** What a firmware of the kind `bench` did. */
export interface BenchRun {
  /** Instructions between one mark and the next. */
  readonly segments: readonly number[];
  /** Cycles of the core, likewise; null where neither the emulator nor a model knows them. */
  readonly cycles: readonly number[] | null;
  readonly cyclesBy: 'emulator' | 'model';
  /** Bytes of stack that the network took below its caller. */
  readonly stackBytes: number;
  /** One after another. */
  readonly outputs: Uint8Array;
}

export interface BenchRunOptions {
  readonly timeLimitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the image of a firmware of the kind `bench` in the board's emulator and counts what it executes between its marks.
 *
 * Errors: `E-BOARD-SILENT` after the time limit, `E-ENGINE-CRASH` on a fault of the core, `E-BOARD-CLOSED` if the emulator
 * ends; those of `countBlocks` and `startEmulator`. Nothing is left behind.
 */
export async function runBench(
  project: CProject,
  board: Board,
  image: Uint8Array,
  options: BenchRunOptions,
): Promise<BenchRun> {
  const mark = readSymbols(image).find(({ name }) => name === 'bench_mark');
  if (mark === undefined) throw new InvariantError('E-BENCH-MARK', board.name, 'expected bench_mark in the image');
  const emulated = emulatedBoard(board);
  const { program } = emulated.emulator;
  if (program === 'rp2040js' || program === 'avr8js') {
    const start = { mark: mark.address };
    const line =
      program === 'avr8js'
        ? startAvrEmulator(emulated, readMemoryImage(image), start)
        : startPicoEmulator(image, start);
    return collectAndClose(project, board, line, options, () => ({
      segments: differences(line.instructionMarks()),
      cycles: differences(line.marks()),
      cyclesBy: 'emulator',
    }));
  }
  const folder = createTemporaryFolder('bench');
  try {
    const counting = await countBlocks(program, mark.address, folder.path);
    const line = await startEmulator(emulated, image, counting);
    const model = cycleModel(board, image);
    const counts = async (): Promise<Counts> => {
      const segments = await readSegments(folder.path);
      return { segments: segments.map(instructionsOf), cycles: model && segments.map(model), cyclesBy: 'model' };
    };
    return await collectAndClose(project, board, line, options, counts);
  } finally {
    await folder.remove();
  }
}

type Counts = Pick<BenchRun, 'segments' | 'cycles' | 'cyclesBy'>;

async function collectAndClose(
  project: CProject,
  board: Board,
  line: SerialLine,
  options: BenchRunOptions,
  counts: () => Counts | Promise<Counts>,
): Promise<BenchRun> {
  try {
    const frames = await collectFrames(project, board, line, options);
    return { ...answerOf(project, board, frames), ...(await counts()) };
  } finally {
    await line.close();
  }
}

function differences(counts: readonly number[]): number[] {
  return counts.slice(1).map((count, index) => count - counts[index]!);
}

/** Everything that the firmware says, up to and with its last frame. */
function collectFrames(
  project: CProject,
  board: Board,
  line: SerialLine,
  { timeLimitMs, signal }: BenchRunOptions,
): Promise<Frame[]> {
  const where = `${project.prefix}.c on ${board.name}`;
  return new Promise((resolve, reject) => {
    const reader = new FrameReader();
    const frames: Frame[] = [];
    const onAbort = (): void => settle(() => reject(new InterruptedError(where, 'Run the command again')));
    const timer = setTimeout(() => {
      const message = `expected one inference within ${timeLimitMs / 1000} s, found no end of it`;
      settle(() => reject(new EnvironmentError('E-BOARD-SILENT', where, message, 'Try again on a less busy machine')));
    }, timeLimitMs);
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      end();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    line.onData((bytes) => {
      frames.push(...reader.push(bytes));
      const last = frames.at(-1)?.type;
      if (last === FRAME.done || last === FRAME.fault) settle(() => resolve(frames));
    });
    void line.closed.then((reason) => {
      const message = `expected an emulator that runs, found that ${reason}`;
      settle(() => reject(new EnvironmentError('E-BOARD-CLOSED', where, message, 'Run the command again')));
    });
  });
}

function answerOf(project: CProject, board: Board, frames: readonly Frame[]): Omit<BenchRun, keyof Counts> {
  const last = frames.at(-1)!;
  const [first = 0, second = 0] = words(last.payload);
  if (last.type === FRAME.fault) {
    const message = `expected one inference, found a fault of the core: cause ${first} at 0x${second.toString(16)}`;
    throw new InvariantError('E-ENGINE-CRASH', `${project.prefix}.c on ${board.name}`, message);
  }
  if (last.argument !== 0) throw runError(project, board.name, last.argument, `status ${last.argument}`);
  const outputs = frames.filter(({ type }) => type === FRAME.output).map(({ payload }) => payload);
  return { stackBytes: first - second, outputs: new Uint8Array(Buffer.concat(outputs)) };
}

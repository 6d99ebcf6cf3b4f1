import { CompileError, MissingToolError, UnsupportedError } from '@kiln/ir';
import type { CProject } from '@kiln/ir';
import { readSectionSizes } from '../elf-sections.js';
import { runParallel } from '../run-parallel.js';
import { deepestStack } from '../stack-use.js';
import type { Board } from './board.js';
import { BOOT_BLOCK_BYTES } from './boot-block.js';
import { buildBoardImage } from './build-image.js';

/** What one kind of memory is taken by. */
export interface MemoryNeed {
  readonly bytes: number;
  /** What the board has. */
  readonly there: number;
  readonly parts: readonly { readonly what: string; readonly bytes: number }[];
}

type Uncounted = MissingToolError | UnsupportedError | CompileError;

/** How a network stands to a board's memory. */
export interface BoardFit {
  readonly board: Board;
  readonly flash: MemoryNeed;
  readonly ram: MemoryNeed;
  readonly fits: boolean;
  /**
   * Why code and stack are not counted: the compiler that is missing, that another builds the image, or that the network
   * is beyond what the core can address, a `CompileError`. Null where they are.
   */
  readonly uncounted: Uncounted | null;
}

/** Of an image that runs the network once; all of them bytes. */
interface MeasuredImage {
  readonly flash: number;
  readonly variables: number;
  readonly stack: number;
}

/**
 * What the network takes of each board's flash and RAM, with the least of a firmware around it: constants and arena as the
 * project says, code, the compiler's library and the stack from an image built for the board with -Os. Where the
 * compiler is missing, or the board's own framework builds its images, they are left out, and the answer says so.
 *
 * Errors: those of `buildBoardImage`, but for `E-BOARD-FIT`.
 */
export async function measureFits(
  project: CProject,
  boards: readonly Board[],
  signal?: AbortSignal,
): Promise<BoardFit[]> {
  const cores = new Map(boards.map((board) => [coreOf(board), board]));
  const measured = new Map(
    await runParallel([...cores], async ([core, board]) => [core, await measure(project, board, signal)] as const),
  );
  return boards.map((board) => fitOf(project, board, measured.get(coreOf(board))!));
}

/** Boards of one core run the same code, behind what each boots by. */
function coreOf({ family, core }: Board): string {
  return [family, ...core.flags].join(' ');
}

async function measure(
  project: CProject,
  board: Board,
  signal: AbortSignal | undefined,
): Promise<MeasuredImage | Uncounted> {
  try {
    const options = { firmware: 'minimal', unbounded: true, signal } as const;
    const { bytes, callGraph } = await buildBoardImage(project, { ...board, boot: undefined }, options);
    const { textBytes, constantBytes, dataBytes, bssBytes } = readSectionSizes(bytes);
    return {
      flash: textBytes + constantBytes + dataBytes,
      variables: dataBytes + bssBytes,
      stack: deepestStack(callGraph).bytes,
    };
  } catch (error) {
    if (error instanceof MissingToolError) return error;
    if (error instanceof CompileError && error.code === 'E-BOARD-FIT') return error;
    if (error instanceof UnsupportedError && error.code === 'E-BOARD-FRAMEWORK') return error;
    throw error;
  }
}

function fitOf(project: CProject, board: Board, measured: MeasuredImage | Uncounted): BoardFit {
  const sum = (ports: readonly { bytes: number }[]) => ports.reduce((total, { bytes }) => total + bytes, 0);
  const known = [
    { what: 'arena', bytes: project.arenaBytes },
    { what: 'state', bytes: project.stateBytes },
    { what: 'inputs', bytes: sum(project.inputs) },
    { what: 'outputs', bytes: sum(project.outputs) },
  ];
  const isMeasured = !(measured instanceof Error);
  const constants = { what: 'weights and other constants', bytes: project.constantBytes };
  const flash = need(board.flash.bytes, [
    constants,
    ...(isMeasured ? [{ what: 'code', bytes: Math.max(0, measured.flash - project.constantBytes) }] : []),
    ...(board.boot === undefined ? [] : [{ what: 'boot block', bytes: BOOT_BLOCK_BYTES[board.boot.block] }]),
  ]);
  const ram = need(board.ram.bytes, [
    ...known,
    ...(isMeasured
      ? [
          { what: 'other variables', bytes: Math.max(0, measured.variables - sum(known)) },
          { what: 'stack', bytes: measured.stack },
        ]
      : []),
  ]);
  const fits = flash.bytes <= flash.there && ram.bytes <= ram.there && !(measured instanceof CompileError);
  return { board, flash, ram, fits, uncounted: isMeasured ? null : measured };
}

function need(there: number, parts: MemoryNeed['parts']): MemoryNeed {
  const present = parts.filter(({ bytes }) => bytes > 0);
  return { there, parts: present, bytes: present.reduce((total, { bytes }) => total + bytes, 0) };
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '@kiln/ir';
import type { Board } from '../board/board.js';
import { runCommand } from '../run-command.js';
import { createTemporaryFolder, temporaryFolderError } from '../temporary-folder.js';
import type { Tool } from '../toolchain.js';
import type { ReadyPlan } from './choose-plan.js';
import { copyToDrive } from './drives.js';
import type { Firmware } from './firmware.js';
import { shellLine } from './flash-plan.js';
import type { CommandPlan, FlashPlaces } from './flash-plan.js';
import type { ImageKind } from './image-files.js';
import { failureError, lateError } from './tool-errors.js';

export interface FlashOptions {
  /** The serial port that the tool speaks through, if it needs one. */
  readonly port: string | null;
  readonly gdb: string | null;
  /** The folder that holds the images already; else they are written for as long as it takes. */
  readonly folder: string | null;
  /** Told the line that is run, before it is. */
  readonly onLine: (line: string) => void;
  /** Given all that the tool prints. */
  readonly onOutput: (chunk: Uint8Array) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A tool that has written nothing after this time, and as much again as a slow line needs, never will. */
const LEAST_MS = 60_000;
const MS_PER_BYTE = 0.5;

/** Placeholders of what is not known yet, in a line that is only shown. */
export const UNKNOWN = { port: 'PORT', gdb: 'HOST:PORT' } as const;

/**
 * Writes a firmware into a board's flash.
 *
 * Errors: `E-FLASH-FAILED` with the last that the tool said, `E-FLASH-LATE`; `E-FLASH-DRIVES` if several boards show a drive;
 * those of `copyToDrive`; `E-TEMP-FOLDER`, `E-INTERRUPTED`. No file is left behind but those of `folder`.
 */
export async function writeFlash(
  board: Board,
  firmware: Firmware,
  ready: ReadyPlan,
  options: FlashOptions,
): Promise<void> {
  if ('drives' in ready) return copyImage(board, firmware, ready.plan.image, ready.drives, options);
  const { plan, tool } = ready;
  const { name, bytes } = imageOf(firmware, plan.image);
  await withFile(options.folder, name, bytes, async (image) => {
    const { port, gdb } = options;
    const places = { image, start: firmware.start, port: port ?? UNKNOWN.port, gdb: gdb ?? UNKNOWN.gdb };
    await runTool(board, plan, tool, places, firmware.flashBytes, options);
  });
}

function imageOf({ files, board }: Firmware, kind: ImageKind): Firmware['files'][number] {
  const file = files.find((candidate) => candidate.kind === kind);
  if (file !== undefined) return file;
  const remedy = 'Write the folder anew with kiln compile --firmware';
  throw new EnvironmentError('E-FIRMWARE-IMAGE', board, `expected a .${kind} of the firmware, found none`, remedy);
}

async function copyImage(
  board: Board,
  firmware: Firmware,
  kind: ImageKind,
  drives: readonly string[],
  { onLine, signal }: FlashOptions,
): Promise<void> {
  const [drive, ...others] = drives as [string, ...string[]];
  if (others.length > 0) {
    const message = `expected the drive of one board, found ${drives.join(' and ')}`;
    throw new EnvironmentError('E-FLASH-DRIVES', board.name, message, 'Choose one with --drive DIR');
  }
  const { name, bytes } = imageOf(firmware, kind);
  onLine(shellLine(['cp', name, drive]));
  await copyToDrive(drive, name, bytes, { signal });
}

async function withFile(
  folder: string | null,
  name: string,
  bytes: Uint8Array,
  use: (path: string) => Promise<void>,
): Promise<void> {
  if (folder !== null) return use(join(folder, name));
  const own = createTemporaryFolder('flash');
  try {
    const path = join(own.path, name);
    await writeFile(path, bytes).catch((error: NodeJS.ErrnoException) => Promise.reject(temporaryFolderError(error)));
    await use(path);
  } finally {
    await own.remove();
  }
}

async function runTool(
  board: Board,
  plan: CommandPlan,
  tool: Tool,
  places: FlashPlaces,
  bytes: number,
  { onLine, onOutput, signal }: FlashOptions,
): Promise<void> {
  const args = [...tool.firstArguments, ...plan.arguments(places)];
  onLine(shellLine([tool.name, ...args]));
  let output = '';
  const timeLimitMs = LEAST_MS + MS_PER_BYTE * bytes;
  const result = await runCommand(tool.path, args, {
    signal,
    timeLimitMs,
    onOutput: (chunk) => {
      output += Buffer.from(chunk).toString('utf8');
      onOutput(chunk);
    },
  });
  if (result.timedOut) throw lateError(tool, timeLimitMs, output);
  if (result.exitCode !== 0 || plan.isFailure(output)) {
    const ending = result.exitCode === 0 ? 'a failure' : `exit code ${result.exitCode ?? String(result.endedBy)}`;
    throw failureError(board, plan.tool, tool, ending, output);
  }
}

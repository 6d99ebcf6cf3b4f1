import { EnvironmentError, MissingToolError, UnsupportedError, UsageError } from '@kiln/ir';
import type { KilnError } from '@kiln/ir';
import type { Board } from '../board/board.js';
import { findTool, installLine } from '../toolchain.js';
import type { Tool } from '../toolchain.js';
import { findDrives } from './drives.js';
import { planOf } from './flash-plan.js';
import type { CommandPlan, CopyPlan, FlashPlan, FlashToolName } from './flash-plan.js';

export interface FlashChoice {
  /** Only this tool. */
  readonly tool?: string | undefined;
  /** HOST:PORT of a gdb server: it is the way. */
  readonly gdb?: string | undefined;
  /** The folder of the board's drive. */
  readonly drive?: string | undefined;
}

/** A way that this machine can go now. */
export type ReadyPlan =
  { readonly plan: CommandPlan; readonly tool: Tool } | { readonly plan: CopyPlan; readonly drives: readonly string[] };

/** The ways to flash a board that the choice leaves, the best first. Errors: `E-FLASH-UNKNOWN`, `E-FLASH-METHOD`. */
export function plansOf(board: Board, { tool, gdb, drive }: FlashChoice): FlashPlan[] {
  const known = (board.flashing?.methods ?? []).map(planOf);
  // Any board may stand behind a gdb server.
  if (gdb !== undefined && tool === undefined) return [planOf({ tool: 'gdb' })];
  if (known.length === 0) throw unknownWay(board);
  const wanted = known.filter((plan) =>
    tool === undefined ? drive === undefined || plan.kind === 'copy' : plan.tool === tool,
  );
  if (wanted.length > 0) return wanted;
  const names = known.map((plan) => plan.tool).join(', ');
  const flag = tool === undefined ? `--drive ${String(drive)}` : `--tool ${tool}`;
  throw new UsageError(
    'E-FLASH-METHOD',
    flag,
    `is no way to flash ${board.name}, expected one of ${names}`,
    'Choose from these',
  );
}

function unknownWay(board: Board): UnsupportedError {
  const message = `boards/${board.name}.json does not say how the board is flashed`;
  const remedy = `Write the image with \`kiln compile MODEL -o DIR --board ${board.name} --firmware\` and flash it with a tool of the board's maker, or name a gdb server with --gdb HOST:PORT`;
  return new UnsupportedError('E-FLASH-UNKNOWN', board.name, message, remedy);
}

/**
 * The first of the ways whose program is installed, or whose drive is there.
 *
 * Errors: `E-FLASH-ESP-IDF` where the board's own build system has to do it; `E-FLASH-TOOL` with every tool that would do;
 * `E-FLASH-NO-DRIVE` if only the drive is missing.
 */
export async function readyPlan(board: Board, plans: readonly FlashPlan[], choice: FlashChoice): Promise<ReadyPlan> {
  for (const plan of plans) {
    if (plan.kind === 'project') throw ownProject(board, plan.tool);
    if (plan.kind === 'copy') {
      const drives = choice.drive === undefined ? await findDrives(plan.volume) : [choice.drive];
      if (drives.length > 0) return { plan, drives };
      continue;
    }
    if (plan.tool === 'gdb' && choice.gdb === undefined) continue;
    const tools = await Promise.all(plan.programs.map((program) => findTool(program)));
    const tool = tools.find((found) => found !== null);
    if (tool !== undefined) return { plan, tool };
  }
  throw await noWay(board, plans);
}

function ownProject(board: Board, tool: FlashToolName): UnsupportedError {
  const message = `is built and flashed by ESP-IDF, which Kiln does not replace (${tool} writes what that has built)`;
  const remedy = 'In the folder of the ESP-IDF project: idf.py -p PORT flash monitor';
  return new UnsupportedError('E-FLASH-ESP-IDF', board.name, message, remedy);
}

/** Every tool that would do, each with the line that installs it; and what else there would be. */
async function noWay(board: Board, plans: readonly FlashPlan[]): Promise<KilnError> {
  const volumes = plans.flatMap((plan) => (plan.kind === 'copy' ? [plan.volume] : []));
  const programs = plans.flatMap((plan) => (plan.kind === 'command' && plan.tool !== 'gdb' ? plan.programs : []));
  const ways = [
    ...volumes.map((name) => `connect the board so that its drive ${name} shows; --drive DIR names it elsewhere`),
    ...(await Promise.all(programs.map(async (name) => `for ${name}: ${await installLine(name)}`))),
    ...(plans.some(({ tool }) => tool === 'gdb') ? ['name a gdb server with --gdb HOST:PORT'] : []),
  ];
  const remedy = sentence(ways);
  const drives = volumes.length > 0 ? `no drive named ${volumes.join(' or ')}` : null;
  if (programs.length > 0) {
    const found = [...(drives === null ? [] : [drives]), 'none of them in PATH'].join(', and ');
    return new MissingToolError(
      'E-FLASH-TOOL',
      board.name,
      `expected ${programs.join(' or ')}, found ${found}`,
      remedy,
    );
  }
  if (drives !== null) {
    return new EnvironmentError(
      'E-FLASH-NO-DRIVE',
      board.name,
      `expected the drive of the board, found ${drives}`,
      remedy,
    );
  }
  return new UsageError('E-FLASH-GDB', board.name, 'is flashed through a gdb server, found none named', remedy);
}

function sentence(parts: readonly string[]): string {
  const text = parts.join('; or ');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

import {
  type Board,
  type Firmware,
  type FlashPlan,
  type FlashPlaces,
  listPorts,
  onePort,
  shellLine,
  UNKNOWN,
} from '@kiln/runtime-c';
import { join } from 'node:path';
import { answer, note, type Terminal } from './ui/terminal.js';

/** What is already known of a flash that is only shown. */
interface KnownPlaces {
  readonly port?: string;
  readonly drive?: string;
  readonly gdb?: string;
}

/**
 * Prints the line that flashes a board: neither a tool nor the board has to be there. What is not known stands in capitals.
 * Of a folder that `kiln compile --firmware` wrote the line works as it is.
 */
export async function dryRun(
  terminal: Terminal,
  board: Board,
  plans: readonly FlashPlan[],
  source: { readonly firmware: Firmware; readonly folder: string } | null,
  known: KnownPlaces,
): Promise<void> {
  const port = known.port ?? (await portNow(board));
  const image = (kind: string): string => join(source?.folder ?? '', `firmware.${kind}`);
  const places = {
    start: source?.firmware.start ?? Number(board.flash.start),
    port,
    gdb: known.gdb ?? UNKNOWN.gdb,
  };
  const ways = plans.map((plan) => ({ tool: plan.tool, line: lineOf(plan, places, image, known.drive) }));
  const [first, ...others] = ways as [(typeof ways)[number], ...typeof ways];
  const folder = source?.folder ?? 'DIR';
  if (source === null && plans[0]!.kind !== 'project') {
    note(terminal, `The image is written by: kiln compile MODEL -o ${folder} --board ${board.name} --firmware`);
  }
  for (const { tool, line } of others) note(terminal, `Or with --tool ${tool}: ${line}`);
  answer(terminal, first.line, { board: board.name, ...first, port, others });
}

function lineOf(
  plan: FlashPlan,
  places: Omit<FlashPlaces, 'image'>,
  image: (kind: string) => string,
  drive: string | undefined,
): string {
  switch (plan.kind) {
    case 'copy':
      return `cp ${shellLine([image(plan.image)])} ${drive === undefined ? usualDrive(plan.volume) : shellLine([drive])}`;
    case 'project':
      return shellLine([plan.program, ...plan.arguments({ ...places, image: '' })]);
    case 'command':
      return shellLine([plan.programs[0]!, ...plan.arguments({ ...places, image: image(plan.image) })]);
  }
}

/** Where the system mounts a drive, for a shell. */
function usualDrive(volume: string): string {
  return process.platform === 'darwin' ? `/Volumes/${volume}/` : `/media/$USER/${volume}/`;
}

/** The port of the one board that is plugged in, or a word that stands for it. */
async function portNow(board: Board): Promise<string> {
  try {
    return onePort(board, await listPorts());
  } catch {
    return UNKNOWN.port;
  }
}

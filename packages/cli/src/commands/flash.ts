import type { Precision } from '@kiln/codegen';
import { DataError } from '@kiln/ir';
import {
  type Board,
  checkBoard,
  checkPort,
  type Firmware,
  findBoard,
  type FlashPlan,
  listPorts,
  onePort,
  plansOf,
  type ReadyPlan,
  readyPlan,
  unknownPort,
  writeFlash,
} from '@kiln/runtime-c';
import type { Command } from 'commander';
import { compileModel } from '../compile-model.js';
import { compileFirmware, readFirmwareFolder } from '../firmware-folder.js';
import { dryRun } from '../flash-lines.js';
import { interruptible } from '../interrupts.js';
import { loadModel } from '../model-folder.js';
import { calibrateOption, choosePrecision, precisionOption } from '../precision.js';
import { runStage } from '../ui/progress.js';
import { formatTable, grouped } from '../ui/table.js';
import { answer, note, type Terminal } from '../ui/terminal.js';
import { toolOutput } from '../ui/tool-output.js';
import { common, type CommonOptions, integer, terminalOf } from './options.js';

export interface FlashFlags extends CommonOptions {
  readonly board: string;
  readonly port?: string;
  readonly tool?: string;
  readonly drive?: string;
  readonly gdb?: string;
  readonly quantize?: Precision;
  readonly calibrate?: readonly string[];
  readonly wait?: number;
  readonly check: boolean;
  readonly dryRun?: boolean;
}

/** For the board to come back: for its start and, as slow cores take their time, for each multiplication. */
const LEAST_WAIT_SECONDS = 30;
const WAIT_SECONDS_PER_MAC = 1e-4;
/** A drive's contents get into the flash after the copy. */
const DRIVE_SETTLE_MS = 10_000;

export function addFlashCommand(program: Command): void {
  const command = program
    .command('flash <model>')
    .description('write a network into a board, and have the board prove itself; takes a firmware folder too')
    .requiredOption('--board <board>', 'the board (see kiln boards)')
    .option('--port <port>', 'serial port of the board, or tcp:HOST:PORT (default: found by its USB numbers)')
    .option('--tool <tool>', 'what writes the flash (default: the first that is installed)')
    .option('--drive <dir>', "folder of the board's drive (default: where the system mounts it)")
    .option('--gdb <host:port>', 'write through this gdb server')
    .addOption(precisionOption())
    .addOption(calibrateOption())
    .option('--wait <seconds>', 'for the board to come back (default: 30, more for large networks)', integer(1, 86_400))
    .option('--no-check', 'write, and do not ask the board afterwards')
    .option('--dry-run', 'print the line that would be run, and run nothing');
  common(command, [
    'kiln flash out/digits/model --board microbit',
    'kiln flash out/digits/model --board microbit --port /dev/ttyACM0 --tool openocd',
    'kiln flash out/firmware --board stm32vldiscovery --no-check',
    'kiln flash out/digits/model --board mps2-an386 --gdb localhost:3333 --port tcp:localhost:4000',
    'kiln flash out/digits/model --board netduinoplus2 --dry-run',
  ]).action(runFlash);
}

async function runFlash(path: string, flags: FlashFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const board = findBoard(flags.board);
  const plans = plansOf(board, flags);
  const known = readFirmwareFolder(path);
  if (known !== null && known.board !== board.name) throw otherBoard(path, known, board);
  if (flags.dryRun === true) {
    if (known === null) loadModel(terminal, path, flags.calibrate);
    return dryRun(terminal, board, plans, known === null ? null : { firmware: known, folder: path }, flags);
  }
  // What is wrong with tool, board or port shows before the work begins.
  const ready = await readyPlan(board, plans, flags);
  const port = await toolPort(board, ready, flags);
  await interruptible(async (signal) => {
    const firmware = known ?? (await buildFrom(terminal, path, flags, board, signal));
    const line = await write(terminal, board, firmware, ready, { ...flags, port, folder: known && path }, signal);
    const found = flags.check ? await check(terminal, board, firmware, ready, flags, signal) : null;
    report(terminal, board, firmware, ready, line, found);
  });
}

function otherBoard(path: string, firmware: Firmware, board: Board): DataError {
  const message = `holds a firmware for ${firmware.board}, expected one for ${board.name}`;
  return new DataError('E-FIRMWARE-BOARD', path, message, `Name that board, or write a firmware for ${board.name}`);
}

async function buildFrom(
  terminal: Terminal,
  path: string,
  flags: FlashFlags,
  board: Board,
  signal: AbortSignal,
): Promise<Firmware> {
  const model = loadModel(terminal, path, flags.calibrate);
  const precision = choosePrecision(terminal, model, flags.quantize);
  const isa = board.core.kernels;
  const compilation = await compileModel(terminal, model, { name: model.graph.name, precision, isa });
  return compileFirmware(terminal, model, compilation, precision, board, signal);
}

/** Whether the board shows the serial port of its firmware only once that runs, or not at all before. */
function appearsLater(plan: FlashPlan): boolean {
  return plan.tool === 'uf2' || plan.tool === 'dfu-util' || (plan.kind === 'command' && plan.port === 'boot loader');
}

/**
 * The port that the tool speaks through, null if it needs none. The port of the check is looked at too, where it is there
 * before the firmware is.
 */
async function toolPort(board: Board, { plan }: ReadyPlan, { port, check }: FlashFlags): Promise<string | null> {
  const needed = plan.kind === 'command' ? plan.port : 'none';
  const bootLoader = needed === 'boot loader' ? await usbPort(board) : null;
  // A boot loader's USB port is none of the firmware's.
  if (check && port === undefined && (board.usb === undefined || bootLoader !== null)) throw unknownPort(board);
  if (appearsLater(plan) || (!check && needed === 'none')) return bootLoader;
  const found = port ?? (await usbPort(board));
  await checkPort(found);
  return needed === 'none' ? null : found;
}

async function usbPort(board: Board): Promise<string> {
  return onePort(board, board.usb === undefined ? [] : await listPorts());
}

/** Runs the tool; what it prints goes to stderr. Answers with the line that was run. */
async function write(
  terminal: Terminal,
  board: Board,
  firmware: Firmware,
  ready: ReadyPlan,
  { port, folder, gdb }: { readonly port: string | null; readonly folder: string | null; readonly gdb?: string },
  signal: AbortSignal,
): Promise<string> {
  const output = toolOutput(terminal);
  let shown = '';
  const onLine = (line: string): void => {
    shown = line;
    note(terminal, `$ ${line}`);
  };
  try {
    await writeFlash(board, firmware, ready, {
      port,
      folder,
      gdb: gdb ?? null,
      onLine,
      onOutput: output.write,
      signal,
    });
  } finally {
    output.end();
  }
  return shown;
}

function check(
  terminal: Terminal,
  board: Board,
  firmware: Firmware,
  { plan }: ReadyPlan,
  flags: FlashFlags,
  signal: AbortSignal,
): Promise<string> {
  const seconds = flags.wait ?? LEAST_WAIT_SECONDS + WAIT_SECONDS_PER_MAC * firmware.network.macs;
  const settleMs = plan.kind === 'copy' ? DRIVE_SETTLE_MS : 0;
  return runStage(
    terminal,
    'Board proves itself',
    () => checkBoard(board, firmware, { port: flags.port ?? null, waitMs: 1000 * seconds, settleMs, signal }),
    (port) => `self-test passed, on ${port}`,
  );
}

function report(
  terminal: Terminal,
  board: Board,
  firmware: Firmware,
  { plan }: ReadyPlan,
  line: string,
  port: string | null,
): void {
  const selfTest = port === null ? 'not asked' : 'passed';
  const { network, precision, flashBytes } = firmware;
  const row = [board.name, network.prefix, precision, plan.tool, grouped(flashBytes), port ?? '-', selfTest];
  answer(terminal, formatTable(['board', 'network', 'precision', 'tool', 'bytes', 'port', 'self-test'], [row]), {
    board: board.name,
    network: network.prefix,
    precision,
    tool: plan.tool,
    line,
    bytes: flashBytes,
    port,
    selfTest,
  });
}

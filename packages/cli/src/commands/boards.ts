import type { Precision } from '@kiln/codegen';
import { type Board, type BoardFit, listBoards, measureFits } from '@kiln/runtime-c';
import type { Command } from 'commander';
import { fitDocument, needText } from '../board-fit.js';
import { compileModel } from '../compile-model.js';
import { interruptible } from '../interrupts.js';
import { loadModel } from '../model-folder.js';
import { calibrateOption, choosePrecision, precisionOption } from '../precision.js';
import { runStage } from '../ui/progress.js';
import { formatTable, grouped } from '../ui/table.js';
import { answer, type Terminal } from '../ui/terminal.js';
import { common, type CommonOptions, terminalOf } from './options.js';

interface BoardsFlags extends CommonOptions {
  readonly model?: string;
  readonly quantize?: Precision;
  readonly calibrate?: readonly string[];
}

export function addBoardsCommand(program: Command): void {
  const command = program
    .command('boards')
    .description('list the boards that Kiln knows; with --model, which of them a model fits')
    .option('--model <model>', 'a model to hold against the boards: flash and RAM needed of what each has')
    .addOption(precisionOption())
    .addOption(calibrateOption());
  common(command, [
    'kiln boards',
    'kiln boards --model out/digits/model',
    'kiln boards --model out/digits/model --quantize float32 --json',
  ]).action(runBoards);
}

async function runBoards(flags: BoardsFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const boards = listBoards();
  if (flags.model === undefined) {
    const head = ['board', 'core', 'MHz', 'flash', 'RAM', 'emulated by', 'what'];
    answer(terminal, `${formatTable(head, boards.map(boardRow))}\n\n${CORE_ONLY}`, { boards });
    return;
  }
  const fits = await fitsOf(terminal, flags.model, flags, boards);
  const missing = new Set(fits.flatMap(({ uncounted }) => (uncounted === null ? [] : [String(uncounted)])));
  const text = [
    formatTable(['board', 'core', 'flash', 'RAM', 'fits'], fits.map(fitRow)),
    ...[...missing].map((line) => `code and stack are not counted: ${line}`),
  ].join('\n');
  answer(terminal, text, { model: flags.model, boards: fits.map(fitDocument) });
}

async function fitsOf(
  terminal: Terminal,
  path: string,
  flags: BoardsFlags,
  boards: readonly Board[],
): Promise<BoardFit[]> {
  const model = loadModel(terminal, path, flags.calibrate);
  const precision = choosePrecision(terminal, model, flags.quantize);
  const { project } = await compileModel(terminal, model, { name: model.graph.name, precision });
  return runStage(
    terminal,
    `Boards ${precision}`,
    () => interruptible((signal) => measureFits(project, boards, signal)),
    (fits) => `fits ${fits.filter((fit) => fit.fits).length} of ${fits.length}`,
  );
}

const CORE_ONLY = 'core: the same code on the same kind of core, in the surroundings of the board that is named';

function boardRow(board: Board): string[] {
  const { name, title, core, clock, flash, ram } = board;
  return [
    name,
    core.name,
    String(clock.hz / 1e6),
    sizeText(flash.bytes),
    sizeText(ram.bytes),
    emulatedBy(board),
    title,
  ];
}

function emulatedBy({ emulator }: Board): string {
  if ('none' in emulator) return 'none';
  if ('nearest' in emulator) return `core: ${emulator.nearest}`;
  return emulator.program.startsWith('qemu-') ? 'QEMU' : emulator.program;
}

function sizeText(bytes: number): string {
  return `${grouped(bytes / 1024)} KB`;
}

function fitRow({ board, flash, ram, fits }: BoardFit): string[] {
  return [board.name, board.core.name, needText(flash), needText(ram), fits ? 'yes' : 'no'];
}

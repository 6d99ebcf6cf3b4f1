import { type Precision, renderTarget, TARGET_NAMES, type TargetName } from '@kiln/codegen';
import { UsageError } from '@kiln/ir';
import { type Command, Option } from 'commander';
import { findBoard } from '@kiln/runtime-c';
import { fitDocument, fitOnBoard, fitTable } from '../board-fit.js';
import { compileModel } from '../compile-model.js';
import { compileFirmware, firmwareFiles } from '../firmware-folder.js';
import { interruptible } from '../interrupts.js';
import { loadModel } from '../model-folder.js';
import { writeOutputFiles } from '../output-files.js';
import { formatTable, grouped } from '../ui/table.js';
import { answer } from '../ui/terminal.js';
import { join } from 'node:path';
import { describeLayers } from '../describe-layers.js';
import { calibrateOption, choosePrecision, precisionOption } from '../precision.js';
import { KILN_VERSION } from '../version.js';
import { frontLines, type KernelFlags, kernelWishes, withKernelFlags } from '../kernel-flags.js';
import { common, type CommonOptions, terminalOf } from './options.js';

interface CompileFlags extends CommonOptions, KernelFlags {
  readonly output: string;
  readonly target: TargetName;
  readonly name?: string;
  readonly quantize?: Precision;
  readonly calibrate?: readonly string[];
  readonly board?: string;
  readonly firmware?: boolean;
  readonly dumpAfter?: string;
  readonly force?: boolean;
}

export function addCompileCommand(program: Command): void {
  const command = program
    .command('compile <model>')
    .description('turn a model into standalone C99, with the weights inside')
    .requiredOption('-o, --output <dir>', 'folder for NAME.h, NAME.c and what the target adds')
    .addOption(targetOption())
    .option('--name <prefix>', "prefix of every name in the C (default: the model's name)")
    .addOption(precisionOption())
    .addOption(calibrateOption())
    .option('--board <board>', 'say what the network takes of a board, and write nothing if it does not fit');
  withKernelFlags(command, "the board's, or portable")
    .option('--firmware', 'also write the firmware that proves the network on the board, for kiln flash')
    .option('--dump-after <pass>', 'print the graph as it is after this pass, to stderr')
    .option('--force', 'overwrite files that Kiln did not write');
  common(command, [
    'kiln compile out/digits/model -o out/c --name digits',
    'kiln compile out/digits/model -o out/c --quantize float32',
    'kiln compile out/digits/model -o out/c --board microbit',
    'kiln compile out/digits/model -o out/c --board mps2-an386 --flash 96K --ram 6K',
    'kiln compile out/digits/model -o out/arduino --target arduino --name digits',
    'kiln compile out/digits/model -o out/firmware --board microbit --firmware',
    'kiln compile my-model/model.json -o out/mine --calibrate samples.npy --json',
  ]).action(runCompile);
}

/** `--target`; a name that is none is E-TARGET. */
function targetOption(): Option {
  return new Option('--target <target>', 'whose project the network is to become part of')
    .choices(TARGET_NAMES)
    .argParser(targetNamed)
    .default('c');
}

function targetNamed(text: string): TargetName {
  const name = TARGET_NAMES.find((known) => known === text);
  if (name !== undefined) return name;
  const message = `is no target, expected one of ${TARGET_NAMES.join(', ')}`;
  throw new UsageError('E-TARGET', `--target ${text}`, message, 'Choose from these');
}

async function runCompile(path: string, flags: CompileFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const board = flags.board === undefined ? null : findBoard(flags.board);
  if (flags.firmware === true && board === null) throw withoutBoard();
  const model = loadModel(terminal, path, flags.calibrate);
  const name = flags.name ?? model.graph.name;
  const precision = choosePrecision(terminal, model, flags.quantize);
  const compilation = await compileModel(terminal, model, {
    name,
    precision,
    ...kernelWishes(flags),
    isa: flags.isa ?? board?.core.kernels,
    dumpAfter: flags.dumpAfter,
  });
  const { project } = compilation;
  const fit = board === null ? null : await fitOnBoard(terminal, model, compilation, precision, board);
  const firmware =
    board === null || flags.firmware !== true
      ? []
      : await interruptible(async (signal) =>
          firmwareFiles(await compileFirmware(terminal, model, compilation, precision, board, signal)),
        );
  const texts = renderTarget(flags.target, compilation, KILN_VERSION);
  const files = [...texts.map(({ path: file, text }) => ({ path: file, contents: text })), ...firmware];
  writeOutputFiles(flags.output, files, flags.force ?? false);

  const layers = describeLayers(compilation);
  const { plan, front, taken } = compilation.program;
  const written = files.map(({ path: file, contents }) => ({
    path: join(flags.output, file),
    bytes: Buffer.byteLength(contents),
  }));
  const rows = layers.map((layer) => [
    layer.name,
    layer.op,
    layer.output,
    grouped(layer.macs),
    grouped(layer.constantBytes),
    layer.signalToNoiseDecibels === null ? '-' : `${layer.signalToNoiseDecibels.toFixed(1)} dB`,
    layer.calibration ?? '-',
  ]);
  const text = [
    formatTable(['layer', 'operator', 'output', 'MACs', 'const B', 'signal/noise', 'range by'], rows),
    '',
    `constants ${grouped(project.constantBytes)} B, arena ${grouped(plan.arenaBytes)} B (lower bound ${grouped(plan.lowerBoundBytes)} B), ${grouped(project.macs)} MACs`,
    ...(fit === null ? [] : ['', fitTable(fit), '']),
    ...frontLines(front, taken),
    ...written.map((file) => `wrote     ${file.path}`),
  ].join('\n');
  answer(terminal, text, {
    prefix: project.prefix,
    target: flags.target,
    precision,
    constantBytes: project.constantBytes,
    arenaBytes: plan.arenaBytes,
    lowerBoundBytes: plan.lowerBoundBytes,
    macs: project.macs,
    macsBefore: compilation.elimination.macsBefore,
    channels: compilation.elimination.log.map(({ name: node, channels, dropped }) => ({ node, channels, dropped })),
    layers,
    ...(front.length === 0 ? {} : { taken, front }),
    ...(fit === null ? {} : { board: fitDocument(fit) }),
    files: written,
  });
}

function withoutBoard(): UsageError {
  return new UsageError('E-FIRMWARE-FLAG', '--firmware', 'expected a board to build it for', 'Name one with --board');
}

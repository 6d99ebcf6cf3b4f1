import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { computedGraph, inferredGraph, type Precision, spellOutScalers } from '@kiln/codegen';
import { type ModelWriter, WRITERS, type WrittenFile } from '@kiln/formats';
import { EnvironmentError, type Graph, UsageError } from '@kiln/ir';
import { type Command, Option } from 'commander';
import { loadModel, type Model } from '../model-folder.js';
import { writeOutputFiles } from '../output-files.js';
import { calibrateOption, choosePrecision, precisionOption } from '../precision.js';
import { runStage } from '../ui/progress.js';
import { formatTable, grouped } from '../ui/table.js';
import { answer, type Terminal } from '../ui/terminal.js';
import { common, type CommonOptions, terminalOf } from './options.js';

interface ExportFlags extends CommonOptions {
  readonly format: string;
  readonly tensor?: string;
  readonly quantize?: Precision;
  readonly calibrate?: readonly string[];
  readonly output: string;
  readonly force?: boolean;
}

export function addExportCommand(program: Command): void {
  const command = program
    .command('export <model>')
    .description('write a network as a file that other tools open')
    .addOption(
      new Option('--format <format>', 'what to write, see below')
        .choices(WRITERS.map(({ format }) => format))
        .makeOptionMandatory(),
    )
    .requiredOption('-o, --output <path>', 'the file or folder to write')
    .option('--tensor <name>', 'one constant of the network alone, as a variable (saved-model)')
    .addOption(precisionOption())
    .addOption(calibrateOption())
    .option('--force', 'overwrite what is there');
  common(command, [
    'kiln export out/digits/model --format saved-model -o out/digits/saved_model',
    'kiln export out/digits/model --format frozen-graph -o out/digits/frozen.pb',
    'kiln export out/digits/model --format tflite --quantize int8 -o out/digits/int8.tflite',
    'kiln export out/digits/model --format saved-model --tensor dense1/weights -o out/digits/dense1',
  ])
    .addHelpText('after', `\nFormats:\n${WRITERS.map(({ format, summary }) => `  ${format}: ${summary}`).join('\n')}\n`)
    .action(runExport);
}

async function runExport(path: string, flags: ExportFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const writer = WRITERS.find(({ format }) => format === flags.format)!;
  checkNumbers(writer, flags);
  checkOutput(writer, flags);
  const model = loadModel(terminal, path, flags.calibrate ?? []);
  const graph =
    writer.numbers === 'any' ? await graphInNumbers(terminal, model, flags.quantize) : inferredGraph(model.graph);
  const files = await writer.write(graph, { tensor: flags.tensor });
  const [folder, within] = placeOf(writer, flags.output, files);
  writeOutputFiles(folder, within, flags.force === true);
  const listed = within.map(({ path: name, contents }) => ({
    path: join(folder, name),
    bytes: Buffer.byteLength(contents),
  }));
  const text = formatTable(
    ['file', 'bytes'],
    listed.map(({ path: name, bytes }) => [name, grouped(bytes)]),
  );
  answer(terminal, text, { format: writer.format, output: flags.output, files: listed });
}

/** The very graph that the C is made from, in operators that others have. */
async function graphInNumbers(terminal: Terminal, model: Model, asked: Precision | undefined): Promise<Graph> {
  const precision = choosePrecision(terminal, model, asked);
  const isCalibrated = precision === 'int8' || precision === 'int16x8';
  return runStage(
    terminal,
    `Compute in ${precision}`,
    (stage) => {
      const { graph } = computedGraph(model.graph, {
        precision,
        ...(isCalibrated && model.calibration !== undefined ? { calibration: model.calibration } : {}),
        ...(precision === 'int8' && model.plan !== null ? { plan: model.plan } : {}),
        onProgress: (what, done, total) => stage.update(done, total, what),
      });
      return spellOutScalers(graph);
    },
    ({ nodes }) => `${nodes.length} operators`,
  );
}

/** Most formats hold the float network, and say so rather than leave a flag unheard. */
function checkNumbers({ numbers, format }: ModelWriter, { quantize, calibrate }: ExportFlags): void {
  if (numbers === 'any' || (calibrate === undefined && (quantize === undefined || quantize === 'float32'))) return;
  const able = WRITERS.filter((other) => other.numbers === 'any').map((other) => other.format);
  const flag = calibrate === undefined ? `--quantize ${quantize}` : '--calibrate';
  const message = `says how to quantize, but ${format} holds the float network; expected --format ${able.join(' or ')}`;
  throw new UsageError('E-EXPORT-NUMBERS', flag, message, 'Leave it out, or choose another format');
}

/** The folder to write to, and the files in it. */
function placeOf(
  { kind }: ModelWriter,
  output: string,
  files: readonly WrittenFile[],
): readonly [folder: string, files: readonly WrittenFile[]] {
  if (kind === 'folder') return [output, files];
  return [dirname(output), files.map(({ contents }) => ({ path: basename(output), contents }))];
}

/** An export never takes the place of what is there: it may be a model that somebody trained further. */
function checkOutput({ kind }: ModelWriter, { output, force }: ExportFlags): void {
  if (!existsSync(output)) return;
  const isFolder = statSync(output).isDirectory();
  if (isFolder !== (kind === 'folder')) {
    const found = isFolder ? 'is a folder, expected a file' : 'is a file, expected a folder';
    throw new EnvironmentError('E-EXPORT-KIND', output, found, 'Name another place with -o');
  }
  if (force === true) return;
  throw new EnvironmentError(
    'E-EXPORT-EXISTS',
    output,
    'exists already',
    'Name another place with -o, or overwrite it with --force',
  );
}

import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { inferredGraph } from '@kiln/codegen';
import { type ModelWriter, WRITERS, type WrittenFile } from '@kiln/formats';
import { EnvironmentError } from '@kiln/ir';
import { type Command, Option } from 'commander';
import { loadModel } from '../model-folder.js';
import { writeOutputFiles } from '../output-files.js';
import { formatTable, grouped } from '../ui/table.js';
import { answer } from '../ui/terminal.js';
import { common, type CommonOptions, terminalOf } from './options.js';

interface ExportFlags extends CommonOptions {
  readonly format: string;
  readonly tensor?: string;
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
    .option('--force', 'overwrite what is there');
  common(command, [
    'kiln export out/digits/model --format saved-model -o out/digits/saved_model',
    'kiln export out/digits/model --format frozen-graph -o out/digits/frozen.pb',
    'kiln export out/digits/model --format saved-model --tensor dense1/weights -o out/digits/dense1',
  ])
    .addHelpText('after', `\nFormats:\n${WRITERS.map(({ format, summary }) => `  ${format}: ${summary}`).join('\n')}\n`)
    .action(runExport);
}

async function runExport(path: string, flags: ExportFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const writer = WRITERS.find(({ format }) => format === flags.format)!;
  checkOutput(writer, flags);
  const graph = inferredGraph(loadModel(terminal, path).graph);
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

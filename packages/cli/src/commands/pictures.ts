import type { Command } from 'commander';
import { compileModel } from '../compile-model.js';
import { loadModel } from '../model-folder.js';
import { checkOutputFiles, writeOutputFiles } from '../output-files.js';
import { autoencoderPictures } from '../pictures/code-pictures.js';
import { answersOf, modelPictures } from '../pictures/model-pictures.js';
import { pictureFiles } from '../pictures/write-picture.js';
import { calibrateOption, choosePrecision } from '../precision.js';
import { runStage } from '../ui/progress.js';
import { formatTable, grouped } from '../ui/table.js';
import { answer } from '../ui/terminal.js';
import { common, type CommonOptions, terminalOf } from './options.js';

interface PicturesFlags extends CommonOptions {
  readonly output: string;
  readonly calibrate?: readonly string[];
  readonly force?: boolean;
}

export function addPicturesCommand(program: Command): void {
  const command = program
    .command('pictures <model>')
    .description('draw a model as SVG and PNG: its curves, what it misreads, its filters, its weights on the int8 grid')
    .requiredOption('-o, --output <dir>', 'folder for the pictures')
    .addOption(calibrateOption())
    .option('--force', 'overwrite files that Kiln did not write');
  common(command, [
    'kiln pictures out/digits/model -o out/pictures',
    'kiln pictures model.tflite -o out/pictures --json',
  ]).action(runPictures);
}

async function runPictures(path: string, flags: PicturesFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const model = loadModel(terminal, path, flags.calibrate);
  const force = flags.force ?? false;
  checkOutputFiles(flags.output, [], force);
  const precision = choosePrecision(terminal, model, undefined);
  const compilation = await compileModel(terminal, model, { name: model.graph.name, precision });
  const { evaluation } = model;
  const labels = evaluation?.labels ?? null;
  const classes = labels === null ? [] : Array.from({ length: Math.max(...labels) + 1 }, (_, i) => String(i));
  const pictures = await runStage(
    terminal,
    'Draw',
    () => {
      const answers = evaluation === null || labels === null ? null : answersOf(compilation.graph, evaluation);
      return [...modelPictures(model, compilation, classes, answers), ...autoencoderPictures(model, labels)];
    },
    ({ length }) => `${grouped(length)} pictures`,
  );
  const files = pictures.flatMap(pictureFiles);
  writeOutputFiles(flags.output, files, force);
  const listed = pictures.map(({ name, title, caption }) => ({ name, title, caption }));
  const text =
    pictures.length === 0
      ? 'There is nothing to draw: no training, no test set and no weights in int8'
      : `${formatTable(
          ['picture', 'shows'],
          listed.map(({ name, title }) => [name, title]),
        )}\n\npictures  ${flags.output} (.svg and .png)`;
  answer(terminal, text, { output: flags.output, pictures: listed, files: files.map((file) => file.path) });
}

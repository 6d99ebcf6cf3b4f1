import { BACKEND_CHOICES, type BackendChoice } from '@kiln/train';
import { type Command, Option } from 'commander';
import { join } from 'node:path';
import { interruptible } from '../interrupts.js';
import { checkOutputFiles, writeOutputFiles } from '../output-files.js';
import { dataPictures } from '../pictures/data-pictures.js';
import type { Picture } from '../pictures/picture.js';
import { pictureFiles } from '../pictures/write-picture.js';
import { loadData } from '../train-recipe.js';
import { runStage } from '../ui/progress.js';
import { formatTable, grouped, percent } from '../ui/table.js';
import { answer, type Terminal, warn } from '../ui/terminal.js';
import { WALK_NETWORKS } from '../walk/networks.js';
import { type WalkFigures, walkNetwork } from '../walk/walk-network.js';
import { common, type CommonOptions, integer, terminalOf } from './options.js';

interface WalkFlags extends CommonOptions {
  readonly data?: string;
  readonly backend: BackendChoice;
  readonly epochs?: number;
  readonly seed: number;
  readonly output: string;
  readonly force?: boolean;
}

export function addWalkCommand(program: Command): void {
  const command = program
    .command('walk')
    .description(
      'the whole notebook of the digits: look at the data, train each network, prove its C, draw all pictures',
    )
    .option('-o, --output <dir>', 'folder for models and pictures', join('out', 'walk'))
    .option('--data <dir>', 'folder with the data set (default: KILN_DATA, data/, cache, download, embedded)')
    .addOption(new Option('--backend <name>', 'what trains').choices(BACKEND_CHOICES).default('auto'))
    .option('--epochs <n>', "passes over the training set (default: each recipe's)", integer(1, 100_000))
    .option('--seed <n>', 'fixes initial weights, shuffling and dropout', integer(0, 2 ** 32 - 1), 1)
    .option('--force', 'overwrite files that Kiln did not write');
  common(command, ['kiln walk', 'kiln walk --epochs 2 -o out/short', 'kiln walk --data ~/optdigits --json']).action(
    runWalk,
  );
}

async function runWalk(flags: WalkFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const { output, force = false } = flags;
  checkOutputFiles(output, [], force);
  const data = await interruptible((signal) => loadData(terminal, { data: flags.data, signal }));
  const drawn = await draw(terminal, join(output, 'pictures', 'data'), force, () => dataPictures(data));
  const figures: WalkFigures[] = [];
  for (const network of WALK_NETWORKS) {
    const walked = await walkNetwork(terminal, network, data, {
      ...flags,
      folder: join(output, 'models', network.name),
    });
    figures.push(walked.figures);
    drawn.push(...(await draw(terminal, join(output, 'pictures', network.name), force, () => walked.pictures)));
  }
  if (data.notice !== null) warn(terminal, data.notice);
  const text = [
    formatTable(
      ['network', 'parameters', 'MACs', 'float32', 'int8', 'constants B', 'arena B'],
      figures.map((row) => [
        row.network,
        grouped(row.parameters),
        grouped(row.macs),
        ...(['float32', 'int8'] as const).map((precision) => scoreText(row, precision)),
        grouped(row.constantBytes),
        grouped(row.arenaBytes),
      ]),
    ),
    '',
    `${data.name}, seed ${flags.seed}; accuracy on ${grouped(data.test.count)} test images, or the error of a pixel (0 .. 1)`,
    `pictures  ${join(output, 'pictures')} (${drawn.length}, as .svg and .png)`,
    `models    ${join(output, 'models')}`,
  ].join('\n');
  answer(terminal, text, { output, seed: flags.seed, data: data.name, figures, pictures: drawn });
}

function scoreText({ accuracy, error }: WalkFigures, precision: 'float32' | 'int8'): string {
  return accuracy === null ? (error?.[precision] ?? Number.NaN).toFixed(4) : percent(accuracy[precision]);
}

/** Writes pictures into a folder and names them with it. */
async function draw(
  terminal: Terminal,
  folder: string,
  force: boolean,
  pictures: () => readonly Picture[],
): Promise<{ readonly file: string; readonly title: string; readonly caption: string }[]> {
  return runStage(
    terminal,
    'Draw',
    () => {
      const made = pictures();
      writeOutputFiles(folder, made.flatMap(pictureFiles), force);
      return made.map(({ name, title, caption }) => ({ file: join(folder, `${name}.svg`), title, caption }));
    },
    ({ length }) => `${grouped(length)} pictures in ${folder}`,
  );
}

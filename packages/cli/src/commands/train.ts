import {
  BACKEND_CHOICES,
  findRecipe,
  KEEP_CHOICES,
  loadRecipe,
  type Recipe,
  RECIPES,
  type BackendChoice,
  type KeepChoice,
} from '@kiln/train';
import { UsageError } from '@kiln/ir';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { interruptible } from '../interrupts.js';
import { scoresText, trainOn, trainRecipe, type TrainRecipeOptions } from '../train-recipe.js';
import { runStage } from '../ui/progress.js';
import { answer, type Terminal, warn } from '../ui/terminal.js';
import { common, type CommonOptions, integer, terminalOf } from './options.js';

interface TrainFlags extends CommonOptions {
  readonly data?: string;
  readonly backend: BackendChoice;
  readonly epochs?: number;
  readonly seed: number;
  readonly keep: KeepChoice;
  readonly saveOnInterrupt?: boolean;
  readonly set: Readonly<Record<string, number>>;
  readonly output: string;
}

export function addTrainCommand(program: Command): void {
  const command = program
    .command('train [recipe]')
    .description(`train a network with TensorFlow.js (recipes: ${RECIPES.map(({ name }) => name).join(', ')})`)
    .requiredOption('-o, --output <dir>', 'folder for the model; one that holds a model of Kiln is replaced')
    .option('--data <dir>', 'folder with the data set (default: KILN_DATA, data/, cache, download, embedded)')
    .addOption(new Option('--backend <name>', 'what computes').choices(BACKEND_CHOICES).default('auto'))
    .option('--epochs <n>', "passes over the training set (default: the recipe's)", integer(1, 100_000))
    .option('--seed <n>', 'fixes initial weights, shuffling and dropout', integer(0, 2 ** 32 - 1), 1)
    .addOption(
      new Option('--keep <which>', "weights to keep: the last epoch's, or the best on held-out training data")
        .choices(KEEP_CHOICES)
        .default('last'),
    )
    .option('--set <name=value>', "a parameter of the recipe's, see below; may be repeated", setting, {})
    .option('--save-on-interrupt', 'on Ctrl-C keep the last whole epoch');
  common(command, [
    'kiln train digits-cnn -o out/digits/model',
    'kiln train digits-cnn --data ~/optdigits --epochs 5 --seed 7 -o out/try',
    'kiln train digits-cnn --backend wasm --keep best -o out/best --json',
    'kiln train ./recipe.ts -o out/mine',
    'kiln train digits-autoencoder --set bottleneck=16 -o out/autoencoder',
  ])
    .addHelpText('after', `\nRecipes:\n${RECIPES.map(recipeHelp).join('\n')}\n`)
    .action((recipe: string | undefined, flags: TrainFlags) => runTrain(recipe ?? 'digits-cnn', flags));
}

function recipeHelp({ name, summary, parameters }: Recipe): string {
  const settings = parameters.map((parameter) => {
    return `\n      --set ${parameter.name}=${parameter.default}  ${parameter.summary}`;
  });
  return `  ${name}: ${summary}${settings.join('')}`;
}

/** For commander: adds one `name=value` to those before it. */
function setting(text: string, before: Readonly<Record<string, number>>): Record<string, number> {
  const [, name, value] = /^([a-zA-Z][\w-]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || Number.isNaN(Number(value))) {
    throw new InvalidArgumentError(`expected a name and a number, such as components=20, found '${text}'.`);
  }
  return { ...before, [name]: Number(value) };
}

/** A recipe's name, or the file of one of the user's own, which brings its data. */
async function trainNamed(terminal: Terminal, name: string, options: TrainRecipeOptions) {
  if (!/[./\\]/.test(name)) return trainRecipe(terminal, findRecipe(name), options);
  if (options.data !== undefined) {
    throw new UsageError('E-RECIPE-DATA-FLAG', '--data', `${name} brings data of its own`, 'Leave --data out');
  }
  const { recipe, data } = await runStage(
    terminal,
    'Load recipe',
    () => loadRecipe(name),
    (loaded) => `${loaded.recipe.name}: ${loaded.data.train.count} training and ${loaded.data.test.count} test inputs`,
  );
  return { data, trained: await trainOn(terminal, recipe, data, options) };
}

async function runTrain(name: string, flags: TrainFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const { data, trained } = await interruptible((signal) =>
    trainNamed(terminal, name, { ...flags, parameters: flags.set, outFolder: flags.output, signal }),
  );
  if (data.notice !== null) warn(terminal, data.notice);
  const { record } = trained;
  const text = [
    `${scoresText(record.final.test, record.unit)}, ${data.test.count} test inputs (${data.name}, seed ${flags.seed}, ${record.backend})`,
    `model   ${flags.output}`,
    `next    npx kiln compile ${flags.output} -o out/c`,
  ].join('\n');
  answer(terminal, text, { folder: flags.output, ...record });
}

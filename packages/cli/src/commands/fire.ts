import { BACKEND_CHOICES, type BackendChoice, findRecipe, MODEL_FILES } from '@kiln/train';
import { throwAll } from '@kiln/ir';
import { type Command, Option } from 'commander';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { buildReport } from '../build-report.js';
import { compileModel } from '../compile-model.js';
import { interruptible } from '../interrupts.js';
import { loadModel } from '../model-folder.js';
import { checkOutputFiles, writeOutputFiles } from '../output-files.js';
import { measureSizes } from '../measure-sizes.js';
import { resultTable } from '../result-table.js';
import { trainRecipe } from '../train-recipe.js';
import { answer, warn } from '../ui/terminal.js';
import { agreementOf, judge } from '../verify/judge.js';
import type { Proof } from '../verify/proof.js';
import { verificationInputs, verifyCompilation } from '../verify/verify-compilation.js';
import { resultErrors } from '../verify/verify-result.js';
import { PRECISIONS } from '../precision.js';
import { common, type CommonOptions, integer, terminalOf } from './options.js';

interface FireFlags extends CommonOptions {
  readonly data?: string;
  readonly backend: BackendChoice;
  readonly epochs?: number;
  readonly seed: number;
  readonly output: string;
  readonly force?: boolean;
}

/** Random inputs that the main job compares on, besides the test set and the edges. */
const RANDOM_INPUTS = 100;
const NAME = 'digits';
const REPORT = 'report.html';

export function addFireCommand(program: Command): void {
  const command = program
    .command('fire [recipe]')
    .description('the whole way: load, train, quantize, generate, compile, compare, report')
    .option('-o, --output <dir>', 'folder for everything that comes out', join('out', NAME))
    .option('--data <dir>', 'folder with the data set (default: KILN_DATA, data/, cache, download, embedded)')
    .addOption(new Option('--backend <name>', 'what trains').choices(BACKEND_CHOICES).default('auto'))
    .option('--epochs <n>', "passes over the training set (default: the recipe's)", integer(1, 100_000))
    .option('--seed <n>', 'fixes initial weights, shuffling and dropout', integer(0, 2 ** 32 - 1), 1)
    .option('--force', 'overwrite files that Kiln did not write');
  common(command, [
    'kiln fire',
    'kiln fire digits-cnn --data ~/optdigits --seed 7 -o out/seven',
    'kiln fire --epochs 2 --json',
  ]).action((recipe: string | undefined, flags: FireFlags) => runFire(recipe ?? 'digits-cnn', flags));
}

async function runFire(recipe: string, flags: FireFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const folder = join(flags.output, 'model');
  const force = flags.force ?? false;
  checkOutputFiles(flags.output, [REPORT], force);
  for (const precision of PRECISIONS)
    checkOutputFiles(join(flags.output, outputOf(precision)), [`${NAME}.h`, `${NAME}.c`], force);
  const { data, trained } = await interruptible((signal) =>
    trainRecipe(terminal, findRecipe(recipe), { ...flags, keep: 'last', outFolder: folder, signal }),
  );
  const model = loadModel(terminal, folder);
  const judgement = await judge(terminal, model);

  const proofs: Proof[] = [];
  for (const precision of PRECISIONS) {
    const compilation = await compileModel(terminal, model, { name: NAME, precision });
    const inputs = verificationInputs(compilation, model.evaluation, RANDOM_INPUTS, flags.seed);
    const proof = await interruptible(async (signal) => {
      const verification = await verifyCompilation(terminal, compilation, inputs, ['host', 'wasm'], precision, signal);
      const agreement =
        judgement && model.evaluation && agreementOf(compilation, verification, judgement, model.evaluation);
      return {
        precision,
        compilation,
        verification,
        agreement,
        sizes: await measureSizes(compilation.project, signal),
      };
    });
    proofs.push(proof);
    const files = compilation.project.files.map(({ path, text }) => ({ path, contents: text }));
    writeOutputFiles(join(flags.output, outputOf(precision)), files, force);
  }

  const report = join(flags.output, REPORT);
  const written = [
    ...PRECISIONS.flatMap((precision, i) =>
      proofs[i]!.compilation.project.files.map((file) => ({
        path: join(flags.output, outputOf(precision), file.path),
        what: `${precision} C`,
      })),
    ),
    { path: join(folder, MODEL_FILES.network), what: 'the trained network, as TensorFlow.js loads it' },
  ].map((file) => ({ ...file, bytes: statSync(file.path).size }));
  const next = [
    { command: `npx kiln verify ${folder} --count 1000`, what: 'prove it again, on a thousand random inputs more' },
    { command: `npx kiln inspect ${folder}`, what: 'list the layers' },
    { command: `npx kiln compile MODEL -o DIR`, what: 'do the same to a model of your own' },
  ];
  const reportData = buildReport({ model, data, record: trained.record, judgement, proofs, files: written, next });
  const { renderReport } = await import('../report/render-report.js');
  writeOutputFiles(flags.output, [{ path: REPORT, contents: renderReport(reportData) }], force);

  if (data.notice !== null) warn(terminal, `\n${data.notice}`);
  const where = (precision: (typeof PRECISIONS)[number]): string =>
    join(flags.output, outputOf(precision), `${NAME}.c`);
  const text = [
    '',
    resultTable(judgement, proofs, model.evaluation),
    '',
    `C       ${where('int8')}   (float32: ${where('float32')})`,
    `report  ${report}`,
    `next    ${next[0]!.command}`,
  ].join('\n');
  answer(terminal, text, { output: flags.output, report, ...reportDocument(reportData) });
  throwAll(
    proofs.flatMap((proof) => resultErrors({ ...proof, accuracy: () => null, error: null, matrix: [], mutations: [] })),
  );
}

/** Where the C of a precision goes, within the output folder: int8 is what people come for. */
function outputOf(precision: (typeof PRECISIONS)[number]): string {
  return precision === 'int8' ? 'c' : `c-${precision}`;
}

/** The report's data without its pictures. */
function reportDocument({ pictures: _, ...data }: ReturnType<typeof buildReport>) {
  return {
    ...data,
    precisions: data.precisions.map((precision) => ({
      ...precision,
      misread: precision.misread.map(({ index, label, read, margin }) => ({ index, label, read, margin })),
    })),
  };
}

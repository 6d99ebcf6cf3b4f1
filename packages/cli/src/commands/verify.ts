import type { Compilation, Precision } from '@kiln/codegen';
import { DataError, type KilnError, ParityError, throwAll } from '@kiln/ir';
import type { Command } from 'commander';
import { basename, join } from 'node:path';
import { readdirSync, statSync } from 'node:fs';
import { compileModel } from '../compile-model.js';
import { interruptible } from '../interrupts.js';
import { type Evaluation, loadModel, readArray, splitBatch } from '../model-folder.js';
import { formatTable, grouped, percent } from '../ui/table.js';
import { answer } from '../ui/terminal.js';
import { parseEngines } from '../verify/engines.js';
import { agreementOf, type Agreement, FLOAT_TOLERANCE, judge } from '../verify/judge.js';
import { accuracyOf, type Verification, verificationInputs, verifyCompilation } from '../verify/verify-compilation.js';
import { PRECISIONS } from './compile.js';
import { choices, common, type CommonOptions, integer, terminalOf } from './options.js';

interface VerifyFlags extends CommonOptions {
  readonly on: string;
  readonly quantize: string;
  readonly inputs?: string;
  readonly count: number;
  readonly seed: number;
  readonly calibrate?: string;
}

export function addVerifyCommand(program: Command): void {
  const command = program
    .command('verify <model>')
    .description('prove the generated C equal to the reference, every byte of every layer')
    .option('--on <engines>', 'engines to compare with the reference', 'host,wasm')
    .option('--quantize <precisions>', 'precisions to prove', 'int8,float32')
    .option('--inputs <dir>', 'folder of .npy inputs (default: the evaluation set beside the model)')
    .option('--count <n>', 'random inputs on top', integer(0, 1_000_000), 100)
    .option('--seed <n>', 'of the random inputs', integer(0, 2 ** 32 - 1), 1)
    .option('--calibrate <file.npy>', 'sample inputs for int8 (default: calibration.npy beside the model)');
  common(command, [
    'kiln verify out/digits/model',
    'kiln verify out/digits/model --on host --quantize int8 --count 1000 --seed 3',
    'kiln verify my-model --inputs samples/ --json',
  ]).action(runVerify);
}

async function runVerify(path: string, flags: VerifyFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const engines = parseEngines(flags.on);
  const precisions = choices('--quantize', flags.quantize, PRECISIONS);
  const model = loadModel(path, flags.calibrate);
  const proven: { precision: Precision; compilation: Compilation; verification: Verification; evaluation: Evaluation | null }[] = [];
  for (const precision of precisions) {
    const compilation = await compileModel(terminal, model, { name: model.graph.name, precision });
    const evaluation = flags.inputs === undefined ? model.evaluation : readFolder(flags.inputs, compilation);
    const inputs = verificationInputs(compilation, evaluation, flags.count, flags.seed);
    const verification = await interruptible((signal) => verifyCompilation(terminal, compilation, inputs, engines, precision, signal));
    proven.push({ precision, compilation, verification, evaluation });
  }
  const judgement = flags.inputs === undefined ? await judge(terminal, model) : null;
  const errors: KilnError[] = [];
  const results = proven.map(({ precision, compilation, verification, evaluation }) => {
    const labelled = flags.inputs === undefined ? evaluation : null;
    const agreement = judgement && labelled && agreementOf(compilation, verification, judgement, labelled);
    errors.push(...verificationErrors(precision, verification, agreement));
    return { precision, verification, agreement, accuracy: accuracyOf(verification.classes, labelled) };
  });
  const rows = results.flatMap(({ precision, verification, accuracy }) =>
    verification.engines.map(({ name, description, comparison }) => [
      precision,
      name,
      grouped(comparison.inputs),
      grouped(comparison.differing),
      accuracy === null ? '-' : percent(accuracy),
      description,
    ]),
  );
  const text = formatTable(['precision', 'engine', 'inputs', 'differing', 'accuracy', 'compiled by'], rows);
  answer(terminal, [text, ...results.flatMap(agreementLines)].join('\n'), { model: path, results: results.map(document) });
  throwAll(errors);
}

interface VerifyResult {
  readonly precision: Precision;
  readonly verification: Verification;
  readonly agreement: Agreement | null;
  readonly accuracy: number | null;
}

function document({ precision, verification, agreement, accuracy }: VerifyResult) {
  return {
    precision,
    accuracy,
    inputs: verification.inputs.count,
    engines: verification.engines.map(({ name, description, comparison, seconds }) => ({ name, description, seconds, ...comparison })),
    missing: verification.missing.map(({ name, error }) => ({ name, error: String(error) })),
    tensorflow: agreement,
  };
}

function agreementLines({ precision, agreement }: VerifyResult): string[] {
  if (agreement === null) return [];
  const { disagreements, greatestDifference } = agreement;
  return [
    '',
    `${precision} against TensorFlow.js: ${disagreements.length} other classes, greatest difference of a probability ${greatestDifference.toExponential(1)}`,
    ...disagreements.map(
      ({ index, label, tensorflow, compiled, margin }) =>
        `  test image ${index}, a ${label}: TensorFlow.js reads ${tensorflow}, the C ${compiled}; margin ${margin.toFixed(4)}`,
    ),
  ];
}

/** What makes a verification fail: a byte that differs, a tool that is missing, a float probability out of tolerance. */
export function verificationErrors(precision: Precision, { engines, missing }: Verification, agreement: Agreement | null): KilnError[] {
  const errors: KilnError[] = missing.map(({ error }) => error);
  for (const { name, comparison } of engines) {
    if (comparison.first === null) continue;
    const { input, point, element, expected, found } = comparison.first;
    const message = `${comparison.differing} of ${comparison.inputs} inputs differ, first input ${input} at element ${element} of '${point.node}': expected ${expected}, found ${found}`;
    errors.push(new ParityError('E-PARITY', `${precision} C on ${name}`, message, 'Report it with the model: generated C must equal the reference'));
  }
  if (precision === 'float32' && agreement !== null) {
    const { greatestDifference, disagreements } = agreement;
    if (greatestDifference > FLOAT_TOLERANCE || disagreements.length > 0) {
      const message = `${disagreements.length} classes differ, probabilities by up to ${greatestDifference}, expected at most ${FLOAT_TOLERANCE}`;
      errors.push(new ParityError('E-TENSORFLOW', 'float32 C against TensorFlow.js', message, 'Report it with the model'));
    }
  }
  return errors;
}

/** All .npy files of a folder, in order of their names, as one batch without labels. */
function readFolder(folder: string, { project }: Compilation): Evaluation {
  const [port] = project.inputs;
  const files = npyFiles(folder);
  const samples = files.flatMap((file) => splitBatch(readArray(join(folder, file)), port!.shape, port!.dtype, basename(file)));
  const parts = samples.map(([data]) => new Uint8Array(data!.buffer, data!.byteOffset, data!.byteLength));
  return { inputs: new Uint8Array(Buffer.concat(parts)), labels: new Uint8Array(0), count: samples.length };
}

function npyFiles(folder: string): string[] {
  const remedy = 'Name a folder of inputs that numpy.save wrote';
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new DataError('E-INPUTS-FOLDER', folder, 'is no folder, expected one with .npy files', remedy);
  }
  const files = readdirSync(folder).filter((file) => file.endsWith('.npy')).sort();
  if (files.length === 0) throw new DataError('E-INPUTS-EMPTY', folder, 'holds no .npy file, expected at least one', remedy);
  return files;
}

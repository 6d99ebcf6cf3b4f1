import type { Compilation, Precision } from '@kiln/codegen';
import { type CProject, DataError, type IsaName, throwAll } from '@kiln/ir';
import type { Command } from 'commander';
import { join } from 'node:path';
import { readdirSync, statSync } from 'node:fs';
import { compileModel } from '../compile-model.js';
import { interruptible } from '../interrupts.js';
import { type Evaluation, loadModel, type Model } from '../model-folder.js';
import { readInputs } from '../npy-inputs.js';
import { answer, type Terminal } from '../ui/terminal.js';
import { checkPortEngines, type EngineName, isaOf, parseEngines, portOption } from '../verify/engines.js';
import { agreementOf, judge } from '../verify/judge.js';
import { tryMatrix, tryMutations } from '../verify/stress.js';
import {
  accuracyOf,
  rootMeanSquareError,
  verificationInputs,
  verifyCompilation,
} from '../verify/verify-compilation.js';
import { resultDocument, resultErrors, resultText, type VerifyResult } from '../verify/verify-result.js';
import { calibrateOption, choosePrecision, PRECISION_CHOICES, PRECISIONS } from '../precision.js';
import { type KernelFlags, kernelWishes, withKernelFlags } from '../kernel-flags.js';
import { choices, common, type CommonOptions, integer, terminalOf } from './options.js';

interface VerifyFlags extends CommonOptions, KernelFlags {
  readonly on: string;
  readonly quantize?: string;
  readonly inputs?: string;
  readonly count: number;
  readonly seed: number;
  readonly calibrate?: readonly string[];
  readonly port?: string;
  readonly matrix?: boolean;
  readonly mutate?: number;
}

export function addVerifyCommand(program: Command): void {
  const command = program
    .command('verify <model>')
    .description('prove the generated C equal to the reference, every byte of every layer')
    .option('--on <engines>', 'engines, boards among them, to compare with the reference', 'host,wasm')
    .option(
      '--quantize <precisions>',
      'precisions to prove (default: int8,float32 where samples lie beside the model)',
    );
  withKernelFlags(command, "a board's own, otherwise portable")
    .option('--inputs <dir>', 'folder of .npy inputs (default: the evaluation set beside the model)')
    .option('--count <n>', 'random inputs on top', integer(0, 1_000_000), 100)
    .option('--seed <n>', 'of the random inputs', integer(0, 2 ** 32 - 1), 1)
    .addOption(calibrateOption())
    .addOption(portOption())
    .option('--matrix', 'also compile with every compiler and level, as C++ and under sanitizers')
    .option('--mutate <n>', 'also change the C in so many ways and demand that each is noticed', integer(1, 1000));
  common(command, [
    'kiln verify out/digits/model',
    'kiln verify out/digits/model --on host --quantize int8 --count 1000 --seed 3',
    'kiln verify out/digits/model --on host,microbit,hifive1',
    'kiln verify out/digits/model --on microbit --port /dev/ttyACM0',
    'kiln verify out/digits/model --matrix --mutate 45',
    'kiln verify my-model --inputs samples/ --json',
  ]).action(runVerify);
}

async function runVerify(path: string, flags: VerifyFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const engines = parseEngines(flags.on);
  checkPortEngines(engines, flags.port);
  const model = loadModel(terminal, path, flags.calibrate);
  const precisions = provenPrecisions(terminal, model, flags.quantize, flags.port);
  const judgement = flags.inputs === undefined ? await judge(terminal, model) : null;
  const results: VerifyResult[] = [];
  for (const precision of precisions) {
    const compilations = await compileFor(terminal, model, precision, engines, flags);
    const compilation = compilations.get(flags.isa ?? 'portable')!;
    const projectOf = (engine: EngineName): CProject => compilations.get(flags.isa ?? isaOf(engine))!.project;
    const labelled = flags.inputs === undefined ? model.evaluation : null;
    const inputs = verificationInputs(
      compilation,
      flags.inputs === undefined ? labelled : readFolder(flags.inputs, compilation),
      flags.count,
      flags.seed,
    );
    results.push(
      await interruptible(async (signal) => {
        const verification = await verifyCompilation(
          terminal,
          compilation,
          inputs,
          engines,
          precision,
          signal,
          projectOf,
          flags.port,
        );
        const proof = { terminal, project: compilation.project, verification, precision, signal };
        return {
          precision,
          verification,
          agreement: judgement && labelled && agreementOf(compilation, verification, judgement, labelled),
          accuracy: (classes: Uint8Array | null) => accuracyOf(classes, labelled),
          error: rootMeanSquareError(compilation, verification, labelled),
          matrix: flags.matrix ? await tryMatrix(proof) : [],
          mutations: flags.mutate === undefined ? [] : await tryMutations(proof, flags.mutate, flags.seed),
        };
      }),
    );
  }
  answer(terminal, resultText(results), { model: path, results: results.map(resultDocument) });
  throwAll(results.flatMap(resultErrors));
}

/** The model for every instruction set that the engines are given kernels of; for the one that was asked for, if one was. */
async function compileFor(
  terminal: Terminal,
  model: Model,
  precision: Precision,
  engines: readonly EngineName[],
  flags: KernelFlags,
): Promise<ReadonlyMap<IsaName, Compilation>> {
  const sets = flags.isa === undefined ? ['portable' as const, ...engines.map(isaOf)] : [flags.isa];
  const compilations = new Map<IsaName, Compilation>();
  for (const isa of new Set(sets)) {
    compilations.set(
      isa,
      await compileModel(terminal, model, { name: model.graph.name, precision, ...kernelWishes(flags), isa }),
    );
  }
  return compilations;
}

/**
 * What was asked for; without a word both forms of a float model with samples, of any other its own. A board that was
 * flashed runs one: that which `kiln flash` takes without a word.
 */
function provenPrecisions(
  terminal: Terminal,
  model: Model,
  asked: string | undefined,
  port: string | undefined,
): readonly Precision[] {
  if (asked !== undefined) return choices('--quantize', asked, PRECISION_CHOICES);
  const own = choosePrecision(terminal, model, undefined);
  return own === 'int8' && port === undefined ? PRECISIONS : [own];
}

/**
 * The .npy files of a folder, in order of their names, as one batch without labels. For a model with several inputs the
 * files of one set differ in their ending: `a_0.npy`, `a_1.npy`, in the order of the inputs.
 */
function readFolder(folder: string, { project }: Compilation): Evaluation {
  const { inputs: ports } = project;
  const files = npyFiles(folder);
  if (files.length % ports.length !== 0) {
    const message = `holds ${files.length} .npy files, expected a multiple of ${ports.length}: one for each input of the model`;
    throw new DataError(
      'E-INPUTS-SETS',
      folder,
      message,
      'Name them so that the inputs of one set stand together in order',
    );
  }
  const sets = Array.from({ length: files.length / ports.length }, (_, i) =>
    files.slice(i * ports.length, (i + 1) * ports.length).map((file) => join(folder, file)),
  );
  const inputs = new Uint8Array(Buffer.concat(sets.map((paths) => readInputs(ports, paths).bytes)));
  return { inputs, labels: null, targets: null, count: inputs.length / project.inputBytes };
}

function npyFiles(folder: string): string[] {
  const remedy = 'Name a folder of inputs that numpy.save wrote';
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new DataError('E-INPUTS-FOLDER', folder, 'is no folder, expected one with .npy files', remedy);
  }
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.npy'))
    .sort();
  if (files.length === 0)
    throw new DataError('E-INPUTS-EMPTY', folder, 'holds no .npy file, expected at least one', remedy);
  return files;
}

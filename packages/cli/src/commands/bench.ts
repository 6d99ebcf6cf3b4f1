import { type Compilation, type Precision, referenceTrace } from '@kiln/codegen';
import { DataError, InvariantError, type IsaName } from '@kiln/ir';
import { type Board, benchBoard, type BoardBench, findBoard, randomInputs } from '@kiln/runtime-c';
import { type Command, Option } from 'commander';
import { benchOnPort, portBenchDocument, portBenchText } from '../bench-on-port.js';
import { benchDocument, benchText } from '../bench-result.js';
import { compileModel } from '../compile-model.js';
import { interruptible } from '../interrupts.js';
import { loadModel, type Model } from '../model-folder.js';
import { readInputs } from '../npy-inputs.js';
import { calibrateOption, choosePrecision, precisionOption } from '../precision.js';
import { runStage } from '../ui/progress.js';
import { grouped } from '../ui/table.js';
import { answer, type Terminal } from '../ui/terminal.js';
import { checkPortEngines, portOption } from '../verify/engines.js';
import { type KernelFlags, kernelWishes, withKernelFlags } from '../kernel-flags.js';
import { common, type CommonOptions, integer, terminalOf } from './options.js';

const LEVELS = ['-O2', '-O3', '-Os'] as const;

interface BenchFlags extends CommonOptions, KernelFlags {
  readonly board: string;
  readonly optimization: (typeof LEVELS)[number];
  readonly quantize?: Precision;
  readonly calibrate?: readonly string[];
  readonly input?: readonly string[];
  readonly seed: number;
  readonly port?: string;
}

export function addBenchCommand(program: Command): void {
  const command = program
    .command('bench <model>')
    .description(
      'count what one inference costs on an emulated board: instructions, flash, RAM, layer by layer; time it on a real one',
    )
    .option('--board <boards>', 'boards, separated by commas (see kiln boards)', 'mps2-an386')
    .addOption(new Option('--optimization <level>', "the compiler's").choices(LEVELS).default('-O3'));
  withKernelFlags(command, "each board's")
    .addOption(precisionOption())
    .addOption(calibrateOption())
    .option('--input <file.npy>', 'one per input of the model: one inference (default: random)', collect)
    .option('--seed <n>', 'of the random input', integer(0, 2 ** 32 - 1), 1)
    .addOption(portOption());
  common(command, [
    'kiln bench out/digits/model',
    'kiln bench out/digits/model --board microbit,hifive1 --optimization=-Os',
    'kiln bench out/digits/model --flash 96K',
    'kiln bench my-model.tflite --board mps2-an386 --input sample.npy --json',
    'kiln bench out/digits/model --board microbit --port /dev/ttyACM0',
  ]).action(runBench);
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

async function runBench(path: string, flags: BenchFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const names = [...new Set(flags.board.split(',').map((name) => name.trim()))];
  const boards = names.map((name) => findBoard(name));
  checkPortEngines(names, flags.port, '--board');
  const model = loadModel(terminal, path, flags.calibrate);
  const precision = choosePrecision(terminal, model, flags.quantize);
  if (flags.port !== undefined) return runOnPort(terminal, model, boards[0]!, flags.port, precision, flags);
  const results: { result: BoardBench; compilation: Compilation }[] = [];
  const compilations = new Map<IsaName, Compilation>();
  for (const board of boards) {
    const isa = flags.isa ?? board.core.kernels;
    const compilation =
      compilations.get(isa) ??
      (await compileModel(terminal, model, {
        name: model.graph.name,
        precision,
        ...kernelWishes(flags),
        isa,
      }));
    compilations.set(isa, compilation);
    const input = oneInput(compilation, flags);
    results.push({ result: await benchOn(terminal, compilation, board, input, flags), compilation });
  }
  const text = results.map(({ result, compilation }) => benchText(result, compilation));
  answer(terminal, text.join('\n\n'), {
    model: path,
    precision,
    boards: results.map(({ result, compilation }) => benchDocument(result, compilation)),
  });
}

async function runOnPort(
  terminal: Terminal,
  model: Model,
  board: Board,
  port: string,
  precision: Precision,
  flags: BenchFlags,
): Promise<void> {
  const compilation = await compileModel(terminal, model, {
    name: model.graph.name,
    precision,
    ...kernelWishes(flags),
    isa: flags.isa ?? board.core.kernels,
    io: 'caller',
  });
  const result = await benchOnPort(terminal, compilation, board, port, oneInput(compilation, flags));
  answer(terminal, portBenchText(result, compilation), {
    model: model.path,
    precision,
    boards: [portBenchDocument(result, compilation)],
  });
}

/** Errors: `E-BENCH-INPUTS` if the files hold several. */
function oneInput({ project }: Compilation, { input, seed }: BenchFlags): Uint8Array {
  if (input === undefined) return randomInputs(project, 1, seed).bytes;
  const { samples, bytes } = readInputs(project.inputs, input);
  if (samples.length === 1) return bytes;
  const message = `holds ${samples.length} inputs, expected one inference`;
  throw new DataError('E-BENCH-INPUTS', input.join(' '), message, 'Save one of them by itself');
}

/** Counts on a board, and holds what came out of it against the reference: a wrong inference has no cost. */
async function benchOn(
  terminal: Terminal,
  { graph, project }: Compilation,
  board: Board,
  input: Uint8Array,
  { optimization }: BenchFlags,
): Promise<BoardBench> {
  const result = await runStage(
    terminal,
    `Bench on ${board.name}`,
    () => interruptible((signal) => benchBoard(project, board, { input, optimization, signal })),
    ({ instructions }) => `${grouped(instructions)} instructions`,
  );
  const trace = referenceTrace(graph, project, input, 1);
  const expected = project.outputs.map(({ traceOffset, bytes }) => trace.subarray(traceOffset, traceOffset + bytes));
  if (Buffer.compare(Buffer.concat(expected), result.outputs) === 0) return result;
  const message = 'expected the outputs of the reference, found others';
  throw new InvariantError('E-BENCH-OUTPUTS', `${project.prefix}.c on ${board.name}`, message);
}

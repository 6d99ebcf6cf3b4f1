import type { Precision } from '@kiln/codegen';
import { referenceTrace } from '@kiln/codegen';
import { writeNpy } from '@kiln/formats';
import { type Graph, MissingToolError, subgraphsOf, UsageError } from '@kiln/ir';
import { emulationNote, findBoard } from '@kiln/runtime-c';
import type { Command } from 'commander';
import { join } from 'node:path';
import { compileModel } from '../compile-model.js';
import { interruptible } from '../interrupts.js';
import { loadModel } from '../model-folder.js';
import { outputArray, readInputs } from '../npy-inputs.js';
import { writeOutputFiles } from '../output-files.js';
import { formatTable } from '../ui/table.js';
import { answer, note } from '../ui/terminal.js';
import { buildEngine, checkPortEngines, isaOf, isBoard, parseEngines, portOption } from '../verify/engines.js';
import { calibrateOption, choosePrecision, precisionOption } from '../precision.js';
import { type KernelFlags, kernelWishes, withKernelFlags } from '../kernel-flags.js';
import { common, type CommonOptions, terminalOf } from './options.js';

interface RunFlags extends CommonOptions, KernelFlags {
  readonly on: string;
  readonly input: readonly string[];
  readonly outDir: string;
  readonly quantize?: Precision;
  readonly calibrate?: readonly string[];
  readonly port?: string;
  readonly steps?: boolean;
  readonly force?: boolean;
}

export function addRunCommand(program: Command): void {
  const command = program
    .command('run <model>')
    .description('run a model on .npy inputs: the reference, or the generated C on an engine')
    .requiredOption('--on <engine>', 'reference, host, wasm or a board (see kiln boards)')
    .requiredOption(
      '--input <file.npy>',
      'one per input of the model, in its order; its dtype, its shape or a batch of it',
      collect,
    )
    .requiredOption('--out-dir <dir>', 'folder for output_0.npy, output_1.npy, ...')
    .addOption(precisionOption())
    .addOption(calibrateOption());
  withKernelFlags(command, "the board's, or portable")
    .addOption(portOption())
    .option('--steps', 'run the first dimension of longer inputs step by step; a state goes from each step to the next')
    .option('--force', 'overwrite files that Kiln did not write');
  common(command, [
    'kiln run out/digits/model --on host --input digits.npy --out-dir out/run',
    'kiln run out/digits/model --on reference --quantize float32 --input digits.npy --out-dir out/run',
    'kiln run wakeword.tflite --on host --steps --input frames.npy --out-dir out/run',
    'kiln run out/digits/model --on microbit --input digits.npy --out-dir out/run',
    'kiln run out/digits/model --on microbit --port /dev/ttyACM0 --input digits.npy --out-dir out/run',
  ]).action(runRun);
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

async function runRun(path: string, flags: RunFlags): Promise<void> {
  const terminal = terminalOf(flags);
  const [engineName, ...others] = parseEngines(flags.on);
  if (engineName === undefined || others.length > 0) {
    throw new UsageError(
      'E-ONE-ENGINE',
      `--on ${flags.on}`,
      'names several engines, expected one',
      'Use `kiln verify` to compare several',
    );
  }
  checkPortEngines([engineName], flags.port);
  const isEmulated = isBoard(engineName) && flags.port === undefined;
  const emulation = isEmulated ? emulationNote(findBoard(engineName)) : null;
  if (emulation !== null) note(terminal, `${engineName}: ${emulation}`);
  const model = loadModel(terminal, path, flags.calibrate);
  const { graph, project } = await compileModel(terminal, model, {
    name: model.graph.name,
    precision: choosePrecision(terminal, model, flags.quantize),
    ...kernelWishes(flags),
    isa: flags.isa ?? isaOf(engineName),
  });
  const { samples, bytes: inputs } = readInputs(project.inputs, flags.input, { steps: flags.steps ?? false });
  const count = samples.length;
  if (project.stateBytes > 0 && count > 1 && flags.steps !== true) throw stepsError(count);
  // What the reference ends with the C ends with too; a loop that does not end is an error here, and would be none there.
  if (engineName !== 'reference' && hasLoops(graph)) referenceTrace(graph, project, inputs, count);
  const trace =
    engineName === 'reference'
      ? referenceTrace(graph, project, inputs, count)
      : await interruptible(async (signal) => {
          const engine = await buildEngine(engineName, project, signal, flags.port);
          if (engine instanceof MissingToolError) throw engine;
          try {
            return await engine.trace(inputs, count, { signal });
          } finally {
            await engine.dispose();
          }
        });
  const arrays = project.outputs.map((port) => outputArray(project, port, trace, count));
  const files = arrays.map((array, i) => ({ path: `output_${i}.npy`, contents: writeNpy(array) }));
  writeOutputFiles(flags.outDir, files, flags.force ?? false);
  const rows = project.outputs.map((port, i) => [`output_${i}.npy`, port.name, port.dtype, arrays[i]!.shape.join('x')]);
  answer(terminal, formatTable(['file', 'tensor', 'dtype', 'shape'], rows), {
    engine: engineName,
    ...(emulation === null ? {} : { emulation }),
    count,
    outputs: project.outputs.map(({ name, dtype, quantization }, i) => ({
      file: join(flags.outDir, `output_${i}.npy`),
      name,
      dtype,
      shape: arrays[i]!.shape,
      quantization,
    })),
  });
}

function hasLoops(graph: Graph): boolean {
  return graph.nodes.some((node) => subgraphsOf(node).length > 0);
}

function stepsError(count: number): UsageError {
  const message = `holds ${count} inputs for a model that remembers, expected one, or --steps`;
  const remedy = 'With --steps each begins with what the one before it left; run independent inputs one by one';
  return new UsageError('E-STEPS', '--input', message, remedy);
}

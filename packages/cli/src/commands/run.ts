import type { Precision } from '@kiln/codegen';
import { referenceTrace } from '@kiln/codegen';
import { type NpyArray, writeNpy } from '@kiln/formats';
import { allocate, type CProject, elementCount, MissingToolError, type PortType, UsageError } from '@kiln/ir';
import { type Command, Option } from 'commander';
import { join } from 'node:path';
import { compileModel } from '../compile-model.js';
import { interruptible } from '../interrupts.js';
import { loadModel, readArray, splitBatch } from '../model-folder.js';
import { writeOutputFiles } from '../output-files.js';
import { formatTable } from '../ui/table.js';
import { answer } from '../ui/terminal.js';
import { buildEngine, parseEngines } from '../verify/engines.js';
import { PRECISIONS } from './compile.js';
import { common, type CommonOptions, terminalOf } from './options.js';

interface RunFlags extends CommonOptions {
  readonly on: string;
  readonly input: readonly string[];
  readonly outDir: string;
  readonly quantize: Precision;
  readonly calibrate?: string;
  readonly force?: boolean;
}

export function addRunCommand(program: Command): void {
  const command = program
    .command('run <model>')
    .description('run a model on .npy inputs: the reference, or the generated C on an engine')
    .requiredOption('--on <engine>', 'reference, host or wasm')
    .requiredOption(
      '--input <file.npy>',
      'one per input of the model, in its order; its dtype, its shape or a batch of it',
      collect,
    )
    .requiredOption('--out-dir <dir>', 'folder for output_0.npy, output_1.npy, ...')
    .addOption(new Option('--quantize <precision>', 'numbers to compute with').choices(PRECISIONS).default('int8'))
    .option('--calibrate <file.npy>', 'sample inputs for int8 (default: calibration.npy beside the model)')
    .option('--force', 'overwrite files that Kiln did not write');
  common(command, [
    'kiln run out/digits/model --on host --input digits.npy --out-dir out/run',
    'kiln run out/digits/model --on reference --quantize float32 --input digits.npy --out-dir out/run',
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
  const model = loadModel(path, flags.calibrate);
  const { graph, project } = await compileModel(terminal, model, { name: model.graph.name, precision: flags.quantize });
  const { inputs, count } = readInputs(project, flags.input);
  const trace =
    engineName === 'reference'
      ? referenceTrace(graph, project, inputs, count)
      : await interruptible(async (signal) => {
          const engine = await buildEngine(engineName, project, signal);
          if (engine instanceof MissingToolError) throw engine;
          try {
            return await engine.trace(inputs, count, { signal });
          } finally {
            await engine.dispose();
          }
        });
  const files = project.outputs.map((port, i) => ({
    path: `output_${i}.npy`,
    contents: writeNpy(outputArray(project, port, trace, count)),
  }));
  writeOutputFiles(flags.outDir, files, flags.force ?? false);
  const rows = project.outputs.map((port, i) => [
    `output_${i}.npy`,
    port.name,
    port.dtype,
    [count, ...port.shape.slice(1)].join('x'),
  ]);
  answer(terminal, formatTable(['file', 'tensor', 'dtype', 'shape'], rows), {
    engine: engineName,
    count,
    outputs: project.outputs.map(({ name, dtype, shape, quantization }, i) => ({
      file: join(flags.outDir, `output_${i}.npy`),
      name,
      dtype,
      shape: [count, ...shape.slice(1)],
      quantization,
    })),
  });
}

/** Reads one file per input, checks them against the model and interleaves them inference by inference. */
function readInputs(project: CProject, paths: readonly string[]): { inputs: Uint8Array; count: number } {
  if (paths.length !== project.inputs.length) {
    const names = project.inputs.map(({ name }) => name).join(', ');
    const message = `was given ${paths.length} times, the model has ${project.inputs.length} inputs: ${names}`;
    throw new UsageError('E-INPUT-COUNT', '--input', message, 'Give one file per input, in this order');
  }
  const batches = project.inputs.map((port, i) => splitBatch(readArray(paths[i]!), port.shape, port.dtype, paths[i]!));
  const count = batches[0]!.length;
  if (batches.some((batch) => batch.length !== count)) {
    const message = `the files hold ${batches.map((batch) => batch.length).join(', ')} inputs, expected as many of each`;
    throw new UsageError('E-INPUT-BATCH', '--input', message, 'Give batches of one size');
  }
  const parts = Array.from({ length: count }, (_, index) => batches.map((batch) => batch[index]![0]!)).flat();
  const bytes = parts.map((data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return { inputs: new Uint8Array(Buffer.concat(bytes)), count };
}

function outputArray(
  project: CProject,
  port: PortType & { readonly traceOffset: number },
  trace: Uint8Array,
  count: number,
): NpyArray {
  const data = allocate(port.dtype, count * elementCount(port.shape));
  const bytes = new Uint8Array(data.buffer);
  for (let i = 0; i < count; i++) {
    const start = i * project.traceBytes + port.traceOffset;
    bytes.set(trace.subarray(start, start + port.bytes), i * port.bytes);
  }
  return { dtype: port.dtype, shape: [count, ...port.shape.slice(1)], data } as NpyArray;
}

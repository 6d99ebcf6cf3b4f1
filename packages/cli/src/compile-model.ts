import { compile, type Compilation, type KernelWishes, type Precision, type QuantizationPlan } from '@kiln/codegen';
import { printGraph, UsageError } from '@kiln/ir';
import { type Model, sourceOf } from './model-folder.js';
import { runStage } from './ui/progress.js';
import { grouped } from './ui/table.js';
import type { Terminal } from './ui/terminal.js';
import { KILN_VERSION } from './version.js';

export interface CompileModelOptions extends Omit<KernelWishes, 'kernels'> {
  readonly name: string;
  readonly precision: Precision;
  /** Of the stage on the terminal. */
  readonly title?: string | undefined;
  /** Instead of the one that stands beside the model. */
  readonly plan?: QuantizationPlan | undefined;
  /** Leave channels that change nothing where they are. */
  readonly keepChannels?: boolean | undefined;
  /** Prints the graph after the pass of this name, to stderr. */
  readonly dumpAfter?: string | undefined;
}

function macsText(macs: number, { macsBefore }: Compilation['elimination']): string {
  const text = `${grouped(macs)} MACs`;
  return macs === macsBefore ? text : `${text} of ${grouped(macsBefore)}, without the channels that change nothing`;
}

/** Compiles a loaded model as one stage on the terminal. Errors: the compiler's, UsageError E-PASS. */
export async function compileModel(
  terminal: Terminal,
  model: Model,
  options: CompileModelOptions,
): Promise<Compilation> {
  const passes = new Set<string>();
  // A record says how the network becomes int8, and nothing of other numbers.
  const plan = options.plan ?? (options.precision === 'int8' ? model.plan : null);
  const compilation = await runStage(
    terminal,
    options.title ?? `Compile ${options.precision}`,
    (stage) =>
      compile(model.graph, {
        name: options.name,
        precision: options.precision,
        isa: options.isa,
        goal: options.goal,
        limits: options.limits,
        ...(plan === null ? {} : { plan }),
        keepChannels: options.keepChannels ?? false,
        io: options.io ?? 'caller',
        ...(model.calibration === undefined ? {} : { calibration: model.calibration }),
        source: sourceOf(model),
        version: KILN_VERSION,
        onProgress: (what, done, total) => stage.update(done, total, what),
        onPass: (pass, graph) => {
          passes.add(pass);
          if (pass === options.dumpAfter) process.stderr.write(`after ${pass}:\n${printGraph(graph)}`);
        },
      }),
    ({ project, elimination }) =>
      `${grouped(project.constantBytes)} B of constants, ${grouped(project.arenaBytes)} B of arena, ${macsText(project.macs, elimination)}`,
  );
  const { dumpAfter } = options;
  if (dumpAfter !== undefined && !passes.has(dumpAfter)) {
    const message = `is no pass of this compilation, expected one of ${[...passes].join(', ')}`;
    throw new UsageError('E-PASS', `--dump-after ${dumpAfter}`, message, 'Choose from these');
  }
  return compilation;
}

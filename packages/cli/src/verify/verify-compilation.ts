import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Compilation, createEvaluator, inputsAt, loopsEnd, referenceTrace } from '@kiln/codegen';
import { type CProject, InvariantError, MissingToolError } from '@kiln/ir';
import { compareTraces, edgeInputs, joinInputs, randomInputs } from '@kiln/runtime-c';
import { accuracy } from '@kiln/train';
import type { Evaluation } from '../model-folder.js';
import { beginStage, runStage } from '../ui/progress.js';
import { grouped } from '../ui/table.js';
import type { Terminal } from '../ui/terminal.js';
import { amongAll, selectInputs } from './board-inputs.js';
import { buildEngine, type EngineName, isBoard } from './engines.js';

/** Inputs to compare on, one inference's bytes after another; those with labels come first. */
export interface VerificationInputs {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly labelled: number;
}

/** What one engine's C gave, held against the reference. */
export interface EngineResult {
  readonly name: EngineName;
  readonly description: string;
  readonly comparison: ReturnType<typeof compareTraces>;
  /** Of all inputs; null for a network that does not classify, and for a board, which is compared on some. */
  readonly classes: Uint8Array | null;
  readonly seconds: number;
}

export interface Verification {
  readonly inputs: VerificationInputs;
  /** The reference's traces, and the classes it reads out of them. */
  readonly trace: Uint8Array;
  readonly classes: Uint8Array | null;
  readonly referenceSeconds: number;
  readonly engines: readonly EngineResult[];
  /** Engines that could not be built for want of a tool. */
  readonly missing: readonly { readonly name: EngineName; readonly error: MissingToolError }[];
}

/** The evaluation set, the edges, and `random` seeded inputs; of the latter those for which the graph's loops end. */
export function verificationInputs(
  { graph, project }: Compilation,
  evaluation: Evaluation | null,
  random: number,
  seed: number,
): VerificationInputs {
  const fits = evaluation !== null && evaluation.inputs.length === evaluation.count * project.inputBytes;
  const drawn = joinInputs(edgeInputs(project), randomInputs(project, random, seed));
  const ending = Array.from({ length: drawn.count }, (_, index) => index).filter((index) =>
    loopsEnd(graph, inputsAt(project, drawn.bytes, index)),
  );
  const parts = ending.map((index) =>
    drawn.bytes.subarray(index * project.inputBytes, (index + 1) * project.inputBytes),
  );
  const bytes = new Uint8Array(Buffer.concat([...(fits ? [evaluation.inputs] : []), ...parts]));
  return { bytes, count: bytes.length / project.inputBytes, labelled: fits ? evaluation.count : 0 };
}

/**
 * Runs the reference and every engine on the inputs and compares every layer's bytes. `projectOf` says which C an engine is
 * given, where that is not the compilation's: its kernels may differ, the graph does not.
 */
export async function verifyCompilation(
  terminal: Terminal,
  compilation: Compilation,
  inputs: VerificationInputs,
  engines: readonly EngineName[],
  label: string,
  signal: AbortSignal,
  projectOf: (engine: EngineName) => CProject = () => compilation.project,
  port?: string,
): Promise<Verification> {
  const { project } = compilation;
  const started = performance.now();
  const trace = await runStage(
    terminal,
    `Reference ${label}`,
    (stage) => traceInParts(compilation, inputs, signal, (done) => stage.update(done, inputs.count)),
    () => `${grouped(inputs.count)} inputs, ${grouped(project.traceBytes)} B each`,
  );
  const referenceSeconds = (performance.now() - started) / 1000;
  await compareWithWhole(terminal, compilation, inputs, label, signal);
  const results: EngineResult[] = [];
  const missing: { name: EngineName; error: MissingToolError }[] = [];
  for (const name of engines) {
    if (name === 'reference') continue;
    const given = { ...compilation, project: projectOf(name) };
    const result = await runEngine(terminal, given, inputs, trace, name, label, signal, port);
    if (result instanceof MissingToolError) missing.push({ name, error: result });
    else results.push(result);
  }
  return {
    inputs,
    trace,
    classes: classesOf(compilation, trace, inputs.count),
    referenceSeconds,
    engines: results,
    missing,
  };
}

/** Inferences of the reference between two looks at the signal: a fraction of a second. */
const REFERENCE_PART = 64;

/**
 * Where channels went that change nothing, the network as it was with them must give the same outputs. Errors:
 * `E-ELIMINATION`.
 */
async function compareWithWhole(
  terminal: Terminal,
  { graph, project, elimination: { before } }: Compilation,
  { bytes, count }: VerificationInputs,
  label: string,
  signal: AbortSignal,
): Promise<void> {
  if (before === null) return;
  const [whole, cut] = [createEvaluator(before), createEvaluator(graph)];
  const compare = async (stage: { update: (done: number, total: number) => void }): Promise<void> => {
    for (let index = 0; index < count; index++) {
      if (index % REFERENCE_PART === 0) await nextTurn();
      signal.throwIfAborted();
      const inputs = inputsAt(project, bytes, index);
      const [expected, found] = [whole.run(inputs), cut.run(inputs)];
      graph.outputs.forEach((id, i) => {
        const [left, right] = [expected.get(before.outputs[i]!)!, found.get(id)!];
        if (left.every((value, k) => value === right[k])) return;
        const message = `output ${i} of input ${index} is not what the network with all its channels gives`;
        throw new InvariantError('E-ELIMINATION', label, message);
      });
      stage.update(index + 1, count);
    }
  };
  await runStage(terminal, `All channels ${label}`, compare, () => `${grouped(count)} inputs, the same outputs`);
}

/** The reference's trace, computed so that an interruption is heard. */
async function traceInParts(
  { graph, project }: Compilation,
  { bytes, count }: VerificationInputs,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Uint8Array> {
  const trace = new Uint8Array(count * project.traceBytes);
  const evaluator = createEvaluator(graph);
  for (let done = 0; done < count; done += REFERENCE_PART) {
    await nextTurn();
    signal.throwIfAborted();
    const size = Math.min(REFERENCE_PART, count - done);
    const part = bytes.subarray(done * project.inputBytes, (done + size) * project.inputBytes);
    trace.set(referenceTrace(graph, project, part, size, { evaluator }), done * project.traceBytes);
    onProgress(done + size);
  }
  return trace;
}

async function runEngine(
  terminal: Terminal,
  compilation: Compilation,
  inputs: VerificationInputs,
  expected: Uint8Array,
  name: EngineName,
  label: string,
  signal: AbortSignal,
  port: string | undefined,
): Promise<EngineResult | MissingToolError> {
  const { project } = compilation;
  const selection = selectInputs(name, inputs, expected, project);
  const stage = beginStage(terminal, `C on ${name} ${label}`);
  try {
    stage.update(0, selection.count, 'compiling');
    const engine = await buildEngine(name, project, signal, port);
    if (engine instanceof MissingToolError) {
      stage.finish('not run: a tool is missing');
      return engine;
    }
    try {
      const started = performance.now();
      const onProgress = (done: number, total: number): void => stage.update(done, total);
      const found = await engine.trace(selection.bytes, selection.count, { onProgress, signal });
      const seconds = (performance.now() - started) / 1000;
      const comparison = amongAll(compareTraces(project, selection.expected, found, selection.count), selection);
      stage.finish(`${grouped(comparison.inputs)} inputs compared, ${grouped(comparison.differing)} differ`);
      const classes = isBoard(name) ? null : classesOf(compilation, found, inputs.count);
      return { name, description: engine.description, comparison, classes, seconds };
    } finally {
      await engine.dispose();
    }
  } catch (error) {
    stage.abandon();
    throw error;
  }
}

/** The classes that `classify` returned, from the traces; null for a network that does not classify. */
function classesOf({ project }: Compilation, trace: Uint8Array, count: number): Uint8Array | null {
  const point = project.trace.find(({ node, op }) => op === 'call' && node === 'classify');
  if (point === undefined) return null;
  const view = new DataView(trace.buffer, trace.byteOffset);
  return Uint8Array.from({ length: count }, (_, i) => view.getInt32(i * project.traceBytes + point.offset, true));
}

/** Share of the labelled inputs whose class is right; null without labels or classes. */
export function accuracyOf(classes: Uint8Array | null, evaluation: Evaluation | null): number | null {
  const labels = evaluation?.labels ?? null;
  return classes === null || labels === null || labels.length === 0 ? null : accuracy(labels, classes);
}

/** How far the first output is from what it should be, as a root of the mean square; null where that is not known. */
export function rootMeanSquareError(
  compilation: Compilation,
  { trace }: Verification,
  evaluation: Evaluation | null,
): number | null {
  const targets = evaluation?.targets ?? null;
  if (evaluation === null || targets === null || targets.length === 0) return null;
  const width = targets.length / evaluation.count;
  const valueAt = outputReader(compilation, trace);
  const squares = targets.reduce(
    (sum, target, i) => sum + (valueAt(Math.floor(i / width), i % width) - target) ** 2,
    0,
  );
  return Math.sqrt(squares / targets.length);
}

/** Reads the real value of one element of the first output out of a trace. */
export function outputReader({ project }: Compilation, trace: Uint8Array): (index: number, element: number) => number {
  const output = project.outputs[0]!;
  const view = new DataView(trace.buffer, trace.byteOffset);
  const [scale, zeroPoint] = [output.quantization?.scale[0] ?? 1, output.quantization?.zeroPoint[0] ?? 0];
  return (index, element) => {
    const offset = index * project.traceBytes + output.traceOffset;
    switch (output.dtype) {
      case 'float32':
        return view.getFloat32(offset + 4 * element, true);
      case 'int16':
        return scale * (view.getInt16(offset + 2 * element, true) - zeroPoint);
      default:
        return scale * (view.getInt8(offset + element) - zeroPoint);
    }
  };
}

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { QuantizationPlan, Samples } from '@kiln/codegen';
import { modelFiles, readModel } from '@kiln/formats';
import { DataError, type DType, type Graph, type TensorData, tensorOf } from '@kiln/ir';
import { MODEL_FILES } from '@kiln/train';
import { readArray, readInputs } from './npy-inputs.js';
import { readRecord } from './read-record.js';
import { note, type Terminal } from './ui/terminal.js';

/** Raw inputs, and what is known of the right answers. */
export interface Evaluation {
  /** The bytes of [count, ...shape]. */
  readonly inputs: Uint8Array;
  /** [count], for a network that names classes. */
  readonly labels: Uint8Array | null;
  /** The first output: [count, elements], for one that answers numbers. */
  readonly targets: Float32Array | null;
  readonly count: number;
}

/** A model, and what lies beside it if Kiln trained it. */
export interface Model {
  readonly path: string;
  /** The folder that holds model.json. */
  readonly folder: string;
  readonly graph: Graph;
  /** Of model.json and the weights, hexadecimal. */
  readonly sha256: string;
  readonly hasSamples: boolean;
  /** The files that the samples come from. */
  readonly sampleFiles: readonly string[];
  /** How it is to become int8, if `kiln doctor` left a record of that beside it. */
  readonly plan: QuantizationPlan | null;
  readonly calibration: Samples | undefined;
  readonly evaluation: Evaluation | null;
}

/** `digits` stands for `out/digits/model`, where `kiln fire` leaves its network, unless there is a file of that name. */
function pathOf(nameOrPath: string): string {
  if (existsSync(nameOrPath) || !/^[\w-]+$/.test(nameOrPath)) return nameOrPath;
  const trained = join('out', nameOrPath, 'model');
  return existsSync(join(trained, MODEL_FILES.network)) ? trained : nameOrPath;
}

/**
 * Loads a model by path, or by the name under which it lies in `out`; what had to be decided is noted. `calibrate` names the samples to calibrate on; without it those that training left beside the
 * model are taken, if there are any, or those that a quantization record names. Such a record is followed.
 */
export function loadModel(terminal: Terminal, nameOrPath: string, calibrate: readonly string[] = []): Model {
  const path = pathOf(nameOrPath);
  const graph = readModel(path, (line) => note(terminal, line));
  const folder = statSync(path).isDirectory() ? path : dirname(path);
  const beside = join(folder, MODEL_FILES.calibration);
  const ownSamples = isTrained(path) && existsSync(beside) ? [beside] : [];
  const sha256 = hashOf(path);
  const record = readRecord(terminal, path, folder, sha256);
  const recorded = record?.calibration.map((name) => join(folder, name)) ?? ownSamples;
  const samples = calibrate.length > 0 ? calibrate : recorded;
  const calibration = once(() => (samples.length === 0 ? undefined : readSamples(samples, graph)));
  const evaluation = once(() => (isTrained(path) ? readEvaluation(folder) : null));
  return {
    path,
    folder,
    graph,
    sha256,
    hasSamples: samples.length > 0,
    sampleFiles: samples,
    plan: record?.plan ?? null,
    get calibration() {
      return calibration();
    },
    get evaluation() {
      return evaluation();
    },
  };
}

/** What lies beside a model is read when it is first needed: it cannot stand in the way of those who do not need it. */
function once<T>(read: () => T): () => T {
  let known: { readonly value: T } | null = null;
  return () => (known ??= { value: read() }).value;
}

/** `model.json sha256:3f9a1c02...`, for the banner of the C: no folder, no machine. */
export function sourceOf(model: Model): string {
  return `${basename(modelFiles(model.path)[0]!)} sha256:${model.sha256.slice(0, 16)}`;
}

/** Whether it is a folder that training wrote: then samples and labels beside the network belong to it. */
function isTrained(path: string): boolean {
  return basename(modelFiles(path)[0]!) === MODEL_FILES.network;
}

/** Of all files of the model, in order. */
function hashOf(path: string): string {
  const hash = createHash('sha256');
  for (const file of modelFiles(path)) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** A .npy of samples [n, ...shape] for each input of the model. */
function readSamples(paths: readonly string[], graph: Graph): Samples {
  const inputs = graph.inputs.map((id) => tensorOf(graph, id));
  if (paths.length !== inputs.length) {
    const message = `${paths.length} files were given, the model has ${inputs.length} inputs`;
    throw new DataError(
      'E-CALIBRATE-INPUTS',
      paths.join(', '),
      message,
      'Give --calibrate once for each input, in order',
    );
  }
  const { samples } = readInputs(inputs, paths);
  inputs.forEach(({ dtype }, i) => {
    if (dtype === 'float32') samples.forEach((sample) => checkFinite(sample[i] as Float32Array, paths[i]!));
  });
  return samples;
}

function checkFinite(data: Float32Array, path: string): void {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const message = `holds ${data[bad]} at index ${bad} of a sample, expected finite numbers`;
  throw new DataError('E-CALIBRATE-VALUE', path, message, 'Give inputs as the network will see them');
}

function readEvaluation(folder: string): Evaluation | null {
  const inputs = join(folder, MODEL_FILES.evaluationInputs);
  if (!existsSync(inputs)) return null;
  const { data, shape } = readArray(inputs);
  const count = shape[0] ?? 0;
  const answers = <Values extends TensorData>(name: string, dtype: DType): Values | null => {
    const path = join(folder, name);
    if (!existsSync(path)) return null;
    const array = readArray(path);
    if (array.dtype === dtype && array.shape[0] === count) return array.data as Values;
    const message = `holds ${array.dtype}[${array.shape.join(', ')}], expected ${dtype} and one for each of ${count} inputs`;
    throw new DataError('E-EVALUATION', path, message, 'Train again');
  };
  return {
    inputs: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    labels: answers<Uint8Array>(MODEL_FILES.evaluationLabels, 'uint8'),
    targets: answers<Float32Array>(MODEL_FILES.evaluationTargets, 'float32'),
    count,
  };
}

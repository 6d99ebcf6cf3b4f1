import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Samples } from '@kiln/codegen';
import { readModel, readNpy, type NpyArray } from '@kiln/formats';
import { DataError, type DType, elementCount, type Graph, type TensorData, tensorOf } from '@kiln/ir';
import { MODEL_FILES } from '@kiln/train';

/** Raw inputs with the classes they should get. */
export interface Evaluation {
  readonly inputs: Uint8Array;
  readonly labels: Uint8Array;
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
  readonly calibration: Samples | undefined;
  readonly evaluation: Evaluation | null;
}

/**
 * Loads a model by path. `calibrate` names the samples to calibrate on; without it those that training left beside the
 * model are taken, if there are any.
 */
export function loadModel(path: string, calibrate?: string): Model {
  const graph = readModel(path);
  const folder = statSync(path).isDirectory() ? path : dirname(path);
  const beside = join(folder, MODEL_FILES.calibration);
  const samples = calibrate ?? (existsSync(beside) ? beside : undefined);
  const calibration = once(() => (samples === undefined ? undefined : readSamples(samples, graph)));
  const evaluation = once(() => readEvaluation(folder));
  return {
    path,
    folder,
    graph,
    sha256: hashOf(path),
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
  const file = statSync(model.path).isDirectory() ? MODEL_FILES.network : basename(model.path);
  return `${file} sha256:${model.sha256.slice(0, 16)}`;
}

/** Of model.json and of the weight files that it names, in its order; the model has been read before, and so is sound. */
function hashOf(path: string): string {
  const file = statSync(path).isDirectory() ? join(path, MODEL_FILES.network) : path;
  const text = readFileSync(file);
  const { weightsManifest } = JSON.parse(text.toString('utf8')) as { weightsManifest: { paths: string[] }[] };
  const hash = createHash('sha256').update(text);
  for (const { paths } of weightsManifest)
    paths.forEach((name) => hash.update(readFileSync(join(dirname(file), name))));
  return hash.digest('hex');
}

/** A .npy of samples [n, ...shape] for a model with one input. */
function readSamples(path: string, graph: Graph): Samples {
  const [input] = graph.inputs.map((id) => tensorOf(graph, id));
  const array = readArray(path);
  if (input === undefined || graph.inputs.length !== 1) {
    throw new DataError(
      'E-CALIBRATE-INPUTS',
      path,
      `the model has ${graph.inputs.length} inputs, expected one`,
      'Give a model with one input',
    );
  }
  const bad = (array.data as Float32Array).findIndex((value) => !Number.isFinite(Number(value)));
  if (bad >= 0) {
    const message = `holds ${array.data[bad]} at index ${bad}, expected finite numbers`;
    throw new DataError('E-CALIBRATE-VALUE', path, message, 'Give inputs as the network will see them');
  }
  return splitBatch(array, input.shape, input.dtype, path);
}

function readEvaluation(folder: string): Evaluation | null {
  const inputs = join(folder, MODEL_FILES.evaluationInputs);
  const labels = join(folder, MODEL_FILES.evaluationLabels);
  if (!existsSync(inputs) || !existsSync(labels)) return null;
  const [x, y] = [readArray(inputs), readArray(labels)];
  if (x.dtype !== 'uint8' || y.dtype !== 'uint8' || x.shape[0] !== y.shape[0]) {
    const message = `has ${x.dtype}[${x.shape.join(', ')}] for ${y.dtype}[${y.shape.join(', ')}] labels, expected uint8 and as many of each`;
    throw new DataError('E-EVALUATION', inputs, message, 'Train again');
  }
  return { inputs: x.data as Uint8Array, labels: y.data as Uint8Array, count: y.data.length };
}

/** Reads an .npy file; a missing or unreadable one is a `DataError`. */
export function readArray(path: string): NpyArray {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const message = `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
    throw new DataError('E-NPY-READ', path, message, 'Check the name', { cause: error });
  }
  return readNpy(bytes, path);
}

/** Cuts [n, ...shape] (or one sample of `shape` itself) into n arrays, each `[data]` as the compiler takes samples. */
export function splitBatch(array: NpyArray, shape: readonly number[], dtype: DType, where: string): TensorData[][] {
  const inner = shape.slice(1);
  const matches = (sizes: readonly number[]): boolean =>
    sizes.length === inner.length && sizes.every((size, i) => size === inner[i]);
  const fits = matches(array.shape.slice(1)) || (array.shape.length === 2 && array.shape[1] === elementCount(inner));
  if (array.dtype !== dtype || !fits) {
    const message = `holds ${array.dtype}[${array.shape.join(', ')}], expected ${dtype}[n, ${inner.join(', ')}]`;
    throw new DataError('E-NPY-SHAPE', where, message, 'Save the array with this dtype and shape');
  }
  const size = elementCount(inner);
  const data = array.data as TensorData;
  return Array.from({ length: array.shape[0]! }, (_, i) => [data.slice(i * size, (i + 1) * size)]);
}

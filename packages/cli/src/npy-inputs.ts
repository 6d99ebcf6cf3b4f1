import { readFileSync } from 'node:fs';
import { type NpyArray, readNpy } from '@kiln/formats';
import {
  allocate,
  type CProject,
  DataError,
  type DType,
  elementCount,
  equalShapes,
  type Shape,
  type TensorData,
  UsageError,
} from '@kiln/ir';

/** An input of a model, as far as its files are concerned. */
export interface InputPort {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
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

/**
 * Cuts an array into samples for one input. It may have the input's own shape, one sample; or a batch of it, along the
 * input's first dimension where that is 1, otherwise along one more; or be [n, elements]. With `steps` it may also be longer
 * than the input along the first dimension, or have one more dimension in front.
 */
function splitBatch(array: NpyArray, { shape, dtype }: InputPort, where: string, steps: boolean): TensorData[] {
  const inner = batchOf(shape);
  const size = elementCount(shape);
  const exact = equalShapes(array.shape, shape);
  const rows = array.shape.slice(1);
  const batch = equalShapes(rows, inner) || (array.shape.length === 2 && array.shape[1] === size);
  const longer = equalShapes(rows, shape.slice(1)) && shape.length > 0 && array.shape[0]! % shape[0]! === 0;
  const stream = steps && (longer || equalShapes(rows, shape));
  if (array.dtype !== dtype || !(exact || (array.shape.length > 0 && (batch || stream)))) {
    const wanted = `${dtype}[${shape.join(', ')}] or ${dtype}[n${inner.map((length) => `, ${length}`).join('')}]`;
    const message = `holds ${array.dtype}[${array.shape.join(', ')}], expected ${wanted}`;
    throw new DataError('E-NPY-SHAPE', where, message, 'Save the array with this dtype and shape');
  }
  const count = exact ? 1 : size === 0 ? array.shape[0]! : array.data.length / size;
  const data = array.data as TensorData;
  return Array.from({ length: count }, (_, i) => data.slice(i * size, (i + 1) * size));
}

/** What follows the batch: the shape without a first dimension of 1, or the whole shape. */
function batchOf(shape: Shape): Shape {
  return shape[0] === 1 ? shape.slice(1) : shape;
}

/**
 * Reads one file per input, checks them against the model and interleaves them inference by inference. `steps`: the files are
 * streams, cut along their first dimension.
 */
export function readInputs(
  ports: readonly InputPort[],
  paths: readonly string[],
  { steps = false }: { readonly steps?: boolean } = {},
): { readonly samples: readonly (readonly TensorData[])[]; readonly bytes: Uint8Array } {
  if (paths.length !== ports.length) {
    const names = ports.map(({ name }) => name).join(', ');
    const message = `was given ${paths.length} times, the model has ${ports.length} inputs: ${names}`;
    throw new UsageError('E-INPUT-COUNT', '--input', message, 'Give one file per input, in this order');
  }
  const batches = ports.map((port, i) => splitBatch(readArray(paths[i]!), port, paths[i]!, steps));
  const count = batches[0]!.length;
  if (batches.some((batch) => batch.length !== count)) {
    const message = `the files hold ${batches.map((batch) => batch.length).join(', ')} inputs, expected as many of each`;
    throw new UsageError('E-INPUT-BATCH', '--input', message, 'Give batches of one size');
  }
  const samples = Array.from({ length: count }, (_, index) => batches.map((batch) => batch[index]!));
  const parts = samples.flat().map((data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return { samples, bytes: new Uint8Array(Buffer.concat(parts)) };
}

/** One output of all inferences of a trace: of the output's own shape for one inference, a batch of it for several. */
export function outputArray(
  project: CProject,
  { dtype, shape, bytes, traceOffset }: CProject['outputs'][number],
  trace: Uint8Array,
  count: number,
): NpyArray {
  const data = allocate(dtype, count * elementCount(shape));
  const target = new Uint8Array(data.buffer);
  for (let i = 0; i < count; i++) {
    const start = i * project.traceBytes + traceOffset;
    target.set(trace.subarray(start, start + bytes), i * bytes);
  }
  return { dtype, shape: count === 1 ? shape : [count, ...batchOf(shape)], data } as NpyArray;
}

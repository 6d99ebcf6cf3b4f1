import { DTYPE_BYTES, InvariantError } from '@kiln/ir';
import type { CProject, DType, TracePoint } from '@kiln/ir';

/** One element that is not what it was to be. */
export interface Difference {
  /** Index of the inference. */
  readonly input: number;
  readonly point: TracePoint;
  /** Index of the element within the point, row-major. */
  readonly element: number;
  /** As stored: a quantized value is the integer itself. */
  readonly expected: number;
  readonly found: number;
}

export interface Comparison {
  /** Inferences compared. */
  readonly inputs: number;
  /** Inferences of which any byte differs. */
  readonly differing: number;
  /** Differing bytes in all of them. */
  readonly bytes: number;
  readonly first: Difference | null;
}

/**
 * Compares two traces of `count` inferences byte for byte, so that 0 and -0 differ. No tolerance. Only what is no number
 * is one value whatever its bits: IEEE 754 leaves them to the machine.
 *
 * Errors: `E-TRACE-LENGTH` if one is not `count` inferences long.
 */
export function compareTraces(project: CProject, expected: Uint8Array, found: Uint8Array, count: number): Comparison {
  for (const trace of [expected, found]) {
    const bytes = count * project.traceBytes;
    if (trace.length === bytes) continue;
    const message = `expected traces of ${bytes} bytes for ${count} inferences, found ${trace.length}`;
    throw new InvariantError('E-TRACE-LENGTH', project.prefix, message);
  }
  let differing = 0;
  let bytes = 0;
  let first: Difference | null = null;
  for (let input = 0; input < count; input++) {
    const start = input * project.traceBytes;
    const end = start + project.traceBytes;
    if (Buffer.compare(expected.subarray(start, end), found.subarray(start, end)) === 0) continue;
    const unlike = differingBytes(project, expected, found, start);
    if (unlike.length === 0) continue;
    differing += 1;
    bytes += unlike.length;
    first ??= differenceAt(project, expected, found, input, unlike[0]!);
  }
  return { inputs: count, differing, bytes, first };
}

/** Offsets within the inference that starts at `start` of all bytes that differ and are not both part of a NaN. */
function differingBytes(project: CProject, expected: Uint8Array, found: Uint8Array, start: number): number[] {
  return project.trace.flatMap(({ dtype, offset, bytes }) => {
    const unlike: number[] = [];
    for (let at = offset; at < offset + bytes; at++) {
      if (expected[start + at] === found[start + at]) continue;
      const element = start + offset + 4 * Math.floor((at - offset) / 4);
      const isNaNIn = (trace: Uint8Array): boolean => Number.isNaN(readValue(trace, element, dtype));
      if (dtype !== 'float32' || !isNaNIn(expected) || !isNaNIn(found)) unlike.push(at);
    }
    return unlike;
  });
}

/** A difference as one line: which input, which layer, which element, the two values. */
export function describeDifference({ input, point, element, expected, found }: Difference): string {
  const index = indicesOf(element, point.shape).join(', ');
  const values = [expected, found].map((value) => describeValue(value, point, element));
  return `input ${input}, ${point.node} (${point.op}), element [${index}]: expected ${values[0]}, found ${values[1]}`;
}

function differenceAt(
  project: CProject,
  expected: Uint8Array,
  found: Uint8Array,
  input: number,
  byte: number,
): Difference {
  const point = project.trace.find(({ offset, bytes }) => byte >= offset && byte < offset + bytes);
  if (point === undefined) {
    throw new InvariantError('E-TRACE-POINTS', project.prefix, `no trace point covers byte ${byte} of the trace`);
  }
  const element = Math.floor((byte - point.offset) / DTYPE_BYTES[point.dtype]);
  const at = input * project.traceBytes + point.offset + element * DTYPE_BYTES[point.dtype];
  const [wanted, seen] = [expected, found].map((trace) => readValue(trace, at, point.dtype)) as [number, number];
  return { input, point, element, expected: wanted, found: seen };
}

const READ: Readonly<Record<DType, (view: DataView) => number>> = {
  float32: (view) => view.getFloat32(0, true),
  int32: (view) => view.getInt32(0, true),
  int64: (view) => Number(view.getBigInt64(0, true)),
  int16: (view) => view.getInt16(0, true),
  int8: (view) => view.getInt8(0),
  uint8: (view) => view.getUint8(0),
  bool: (view) => view.getUint8(0),
};

function readValue(trace: Uint8Array, at: number, dtype: DType): number {
  return READ[dtype](new DataView(trace.buffer, trace.byteOffset + at, DTYPE_BYTES[dtype]));
}

/** A float also as its bits, since two that print alike may differ; a quantized value also as the real one. */
function describeValue(value: number, { dtype, quantization, shape }: TracePoint, element: number): string {
  if (dtype === 'float32') {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value);
    return `${Object.is(value, -0) ? '-0' : value} (0x${view.getUint32(0).toString(16).padStart(8, '0')})`;
  }
  if (quantization === null) return String(value);
  const { scale, zeroPoint, axis } = quantization;
  const channel = axis === null ? 0 : indicesOf(element, shape)[axis]!;
  return `${value} (${Number((scale[channel]! * (value - zeroPoint[channel]!)).toPrecision(6))})`;
}

function indicesOf(element: number, shape: readonly number[]): number[] {
  const indices: number[] = [];
  let rest = element;
  for (const size of [...shape].reverse()) {
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return indices;
}

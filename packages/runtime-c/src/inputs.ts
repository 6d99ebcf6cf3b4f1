import { DTYPE_BYTES } from '@kiln/ir';
import type { CProject, DType, PortType } from '@kiln/ir';

/** Inputs of `count` inferences, one after another, as an engine takes them. */
export interface InputSet {
  readonly count: number;
  readonly bytes: Uint8Array;
  /** What each of them is, for reports. */
  readonly names: readonly string[];
}

/** A value for each element, by its index and its position in the last two dimensions that matter for a picture. */
type Pattern = (index: number, checker: number, length: number) => number;

interface Edge {
  readonly name: string;
  readonly valueAt: Pattern;
}

const constant = (value: number): Edge => ({ name: `all ${value}`, valueAt: () => value });
const checkers = (even: number, odd: number): Edge => ({
  name: `checkerboard ${even}/${odd}`,
  valueAt: (_index, checker) => (checker === 0 ? even : odd),
});
const ramp = (low: number, high: number): Edge => ({
  name: `ramp ${low} to ${high}`,
  valueAt: (index, _checker, length) => low + Math.round(((high - low) * index) / Math.max(1, length - 1)),
});

const INTEGER_EDGES = (low: number, high: number): readonly Edge[] => [
  constant(low),
  constant(high),
  constant(Math.ceil((low + high) / 2)),
  checkers(low, high),
  checkers(high, low),
  ramp(low, high),
  ramp(high, low),
];

/** Pixels run from 0 to 16 in the digits; other networks use all of a byte. */
const EDGES: Readonly<Record<DType, readonly Edge[]>> = {
  uint8: [constant(16), checkers(0, 16), checkers(16, 0), ramp(0, 16), ramp(16, 0), ...INTEGER_EDGES(0, 255)],
  int8: [constant(0), ...INTEGER_EDGES(-128, 127)],
  int16: [constant(0), ...INTEGER_EDGES(-32768, 32767)],
  int32: [constant(0), ...INTEGER_EDGES(-(2 ** 31), 2 ** 31 - 1)],
  int64: [constant(0), ...INTEGER_EDGES(-(2 ** 52), 2 ** 52)],
  bool: [constant(0), constant(1), checkers(0, 1), checkers(1, 0)],
  float32: [
    constant(0),
    constant(1),
    constant(-1),
    constant(1e-38),
    constant(1e30),
    constant(-1e30),
    checkers(-1, 1),
    checkers(1e30, -1e30),
    ramp(-8, 8),
    { name: 'negative zero', valueAt: () => -0 },
  ],
};

/**
 * Inputs at the edges of their type: the least and the greatest values, checkerboards, ramps. Every input of the network
 * gets the same pattern; a type with fewer patterns starts again with its first.
 */
export function edgeInputs(project: CProject): InputSet {
  const count = Math.max(...project.inputs.map(({ dtype }) => EDGES[dtype].length));
  const edges = Array.from({ length: count }, (_, index) =>
    project.inputs.map(({ dtype }) => EDGES[dtype][index % EDGES[dtype].length]!),
  );
  const names = edges.map((ports) => [...new Set(ports.map(({ name }) => name))].join(' and '));
  return {
    names,
    ...fill(project, count, (port, index) => patternValues(port, edges[index]![port]!.valueAt, project)),
  };
}

/**
 * Inputs drawn from a seed, the same on every machine: integers over their whole range (bytes in every other inference
 * from 0 to 16), floats from -4 to 4.
 */
export function randomInputs(project: CProject, count: number, seed: number): InputSet {
  const next = randomSource(seed);
  const names = Array.from({ length: count }, (_, index) => `random ${index} of seed ${seed}`);
  const values = (port: number, index: number) => {
    const { dtype } = project.inputs[port]!;
    const draw = drawFrom(dtype, index);
    return Array.from({ length: elements(project.inputs[port]!) }, () => draw(next()));
  };
  return { names, ...fill(project, count, values) };
}

/** Several sets as one, in order. */
export function joinInputs(...sets: readonly InputSet[]): InputSet {
  return {
    count: sets.reduce((sum, { count }) => sum + count, 0),
    bytes: Buffer.concat(sets.map(({ bytes }) => bytes)),
    names: sets.flatMap(({ names }) => names),
  };
}

/** Numbers in [0, 1) from a seed (mulberry32): small, and the same everywhere. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function drawFrom(dtype: DType, index: number): (random: number) => number {
  if (dtype === 'float32') return (random) => random * 8 - 4;
  if (dtype === 'bool') return (random) => Math.floor(random * 2);
  if (dtype === 'uint8') return (random) => Math.floor(random * (index % 2 === 0 ? 17 : 256));
  const values = 2 ** Math.min(8 * DTYPE_BYTES[dtype], 52);
  return (random) => Math.floor(random * values) - values / 2;
}

function patternValues(port: number, valueAt: Pattern, project: CProject): number[] {
  const length = elements(project.inputs[port]!);
  const width = pictureWidth(project.inputs[port]!);
  return Array.from({ length }, (_, i) => valueAt(i, (Math.floor(i / width) + i) % 2, length));
}

/** Elements of one row of a picture [N, H, W, C] with one channel; otherwise rows do not shift the checkers. */
function pictureWidth({ shape }: PortType): number {
  return shape.length === 4 && shape[3] === 1 && shape[2]! % 2 === 0 ? shape[2]! : Number.POSITIVE_INFINITY;
}

function elements({ dtype, bytes }: PortType): number {
  return bytes / DTYPE_BYTES[dtype];
}

function fill(
  project: CProject,
  count: number,
  valuesOf: (port: number, index: number) => readonly number[],
): { count: number; bytes: Uint8Array } {
  const bytes = new Uint8Array(count * project.inputBytes);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (let index = 0; index < count; index++) {
    project.inputs.forEach(({ dtype }, port) => {
      for (const value of valuesOf(port, index)) {
        WRITE[dtype](view, offset, value);
        offset += DTYPE_BYTES[dtype];
      }
    });
  }
  return { count, bytes };
}

/** Little-endian, as every machine that the C is run on here. */
const WRITE: Readonly<Record<DType, (view: DataView, offset: number, value: number) => void>> = {
  float32: (view, offset, value) => view.setFloat32(offset, value, true),
  int32: (view, offset, value) => view.setInt32(offset, value, true),
  int64: (view, offset, value) => view.setBigInt64(offset, BigInt(value), true),
  int16: (view, offset, value) => view.setInt16(offset, value, true),
  int8: (view, offset, value) => view.setInt8(offset, value),
  uint8: (view, offset, value) => view.setUint8(offset, value),
  bool: (view, offset, value) => view.setUint8(offset, value),
};

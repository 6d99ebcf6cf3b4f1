import { expect, test } from 'vitest';
import { loadFixture } from '../test/load-fixture.js';
import { edgeInputs, joinInputs, randomInputs } from './inputs.js';
import { compareTraces, describeDifference } from './parity.js';

test('equal traces have no difference', () => {
  const { project, traces, count } = loadFixture('int8');
  expect(compareTraces(project, traces, Uint8Array.from(traces), count)).toEqual({
    inputs: count,
    differing: 0,
    bytes: 0,
    first: null,
  });
});

test('each single byte of a trace is compared and found in its layer', () => {
  const { project, traces } = loadFixture('float32');
  const one = traces.subarray(0, project.traceBytes);
  for (let at = 0; at < project.traceBytes; at++) {
    const flipped = Uint8Array.from(one);
    flipped[at]! ^= 1;
    const { differing, bytes, first } = compareTraces(project, one, flipped, 1);
    expect([differing, bytes]).toEqual([1, 1]);
    expect(at).toBeGreaterThanOrEqual(first!.point.offset + first!.element * 4);
    expect(at).toBeLessThan(first!.point.offset + first!.element * 4 + 4);
  }
});

test('a difference is told with its input, layer, element and both values', () => {
  const { project, traces, count } = loadFixture('int8');
  const point = project.trace.find(({ node }) => node === 'dense_1')!;
  const wrong = Uint8Array.from(traces);
  const at = 3 * project.traceBytes + point.offset + 2;
  wrong[at] = traces[at]! ^ 0x80;
  wrong[5 * project.traceBytes] = traces[5 * project.traceBytes]! ^ 1;
  const { differing, bytes, first } = compareTraces(project, traces, wrong, count);
  expect([differing, bytes]).toEqual([2, 2]);
  const [expected, found] = [traces, wrong].map((trace) => (trace[at]! << 24) >> 24) as [number, number];
  expect(first).toEqual({ input: 3, point, element: 2, expected, found });
  const { scale, zeroPoint } = point.quantization!;
  const real = (value: number) => Number((scale[0]! * (value - zeroPoint[0]!)).toPrecision(6));
  expect(describeDifference(first!)).toBe(
    `input 3, dense_1 (dense), element [0, 2]: expected ${expected} (${real(expected)}), found ${found} (${real(found)})`,
  );
});

test('a zero of the other sign differs', () => {
  const { project, traces } = loadFixture('float32');
  const [zero, minus] = [0, -0].map((value) => {
    const trace = Uint8Array.from(traces.subarray(0, project.traceBytes));
    new DataView(trace.buffer).setFloat32(0, value, true);
    return trace;
  });
  const { first } = compareTraces(project, zero!, minus!, 1);
  expect(describeDifference(first!)).toContain('expected 0 (0x00000000), found -0 (0x80000000)');
});

test('traces of another length are an error', () => {
  const { project, traces, count } = loadFixture('int8');
  const shorter = traces.subarray(1);
  expect(() => compareTraces(project, traces, shorter, count)).toThrow(/expected traces of \d+ bytes .* found \d+/);
});

test('edge inputs hold each pattern once, named, with a real checkerboard', () => {
  const { project } = loadFixture('int8');
  const { names, count, bytes } = edgeInputs(project);
  expect(bytes).toHaveLength(count * project.inputBytes);
  expect(new Set(names).size).toBe(count);
  for (const name of ['all 0', 'all 16', 'all 255', 'checkerboard 0/16', 'checkerboard 16/0', 'ramp 0 to 255']) {
    expect(names).toContain(name);
  }
  const at = names.indexOf('checkerboard 0/16') * project.inputBytes;
  expect([...bytes.subarray(at, at + 8)]).toEqual([0, 16, 0, 16, 16, 0, 16, 0]);
});

test('edge inputs of a network reach both ends of every type', () => {
  const { project } = loadFixture('int8');
  const port = (dtype: 'int8' | 'float32', bytes: number) => ({ ...project.inputs[0]!, dtype, bytes, shape: [1, 3] });
  const twoInputs = { ...project, inputs: [port('int8', 3), port('float32', 12)], inputBytes: 15 };
  const { bytes, count } = edgeInputs(twoInputs);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const first = Array.from({ length: count }, (_, index) => view.getInt8(index * 15));
  const second = Array.from({ length: count }, (_, index) => view.getFloat32(index * 15 + 3, true));
  expect(first).toEqual(expect.arrayContaining([-128, 127, 0]));
  expect(second).toEqual(expect.arrayContaining([0, 1, -1, Math.fround(1e30), Math.fround(1e-38)]));
});

test('random inputs repeat with their seed, and with no other', () => {
  const { project } = loadFixture('float32');
  const drawn = randomInputs(project, 20, 7);
  expect(randomInputs(project, 20, 7).bytes).toEqual(drawn.bytes);
  expect(randomInputs(project, 20, 8).bytes).not.toEqual(drawn.bytes);
  const { inputs, count } = loadFixture('float32');
  // The fixture's inputs were drawn on another machine.
  expect(Buffer.compare(joinInputs(edgeInputs(project), randomInputs(project, 50, 1)).bytes, inputs)).toBe(0);
  expect(count).toBe(edgeInputs(project).count + 50);
});

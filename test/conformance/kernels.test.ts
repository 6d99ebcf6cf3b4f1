import { type Compilation, compile } from '@kiln/codegen';
import {
  type Activation,
  elementCount,
  type Graph,
  type HeightWidth,
  type OpName,
  type Padding,
  perAxis,
  type Shape,
  type TensorId,
} from '@kiln/ir';
import {
  createBoardEngine,
  createHostEngine,
  findToolchain,
  listBoards,
  missingBoardTools,
  randomInputs,
} from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';
import { Bench, type ElementType, type InputsOf, proveOn, quantizedType } from './bench.js';
import { seededUnit } from './fan-out.js';

// Each kernel of an instruction set, on shapes and scales of every kind: its instructions in an emulator, and the plain C that
// stands beside them on the host, under the sanitizers.

/** Each set's kernels run on a board of its core. */
const BOARDS = { 'armv6-m': 'mps2-an385-m0', 'armv7e-m': 'mps2-an386' } as const;
type Set = keyof typeof BOARDS;
const boardOf = (isa: Set) => listBoards().find(({ name }) => name === BOARDS[isa])!;
const { gcc } = await findToolchain();
const hasBoards = (await missingBoardTools(boardOf('armv7e-m')))?.length === 0;

const random = seededUnit(11);
const int = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));

/** Outputs that use their 8 bits: the sums of so many products, whose inputs and weights have these scales, spread over them. */
function outputType(terms: number, scale: number, zeroPoint: number): ElementType {
  return quantizedType('int8', Math.fround((scale * Math.sqrt(terms) * 74 * 74) / 30), zeroPoint);
}

const INPUT = quantizedType('int8', 0.05, -7);

/** Weights whose channels differ in scale by up to 2^`spread`, and biases of the sums' size. */
function weightsAndBias(bench: Bench, shape: Shape, axis: number, spread = 3): [TensorId, TensorId] {
  const channels = shape[axis]!;
  const terms = elementCount(shape) / channels;
  const scales = Array.from({ length: channels }, () => Math.fround(0.008 / 2 ** (random() * spread)));
  const values = Int8Array.from({ length: elementCount(shape) }, () => int(-127, 127));
  const bias = Int32Array.from({ length: channels }, () => Math.round((random() - 0.5) * 5000 * Math.sqrt(terms)));
  return [
    bench.constant(shape, values, { dtype: 'int8', quantization: perAxis(scales, axis) }),
    bench.constant([channels], bias, { dtype: 'int32', quantization: null }),
  ];
}

/** Every activation, with zero points at the ends and between. */
const ENDINGS: readonly (readonly [Activation, number])[] = [
  ['relu', -128],
  ['none', 4],
  ['relu6', -128],
  ['relu', -30],
  ['none', -128],
  ['reluN1To1', 10],
];

/** Input, kernel, filters, strides, dilations, padding. */
type Picture = readonly [Shape, HeightWidth, number, HeightWidth, HeightWidth, Padding];
const ONE: HeightWidth = [1, 1];

const CONVOLUTIONS: readonly Picture[] = [
  [[1, 5, 4, 8], [1, 1], 6, ONE, ONE, 'valid'],
  [[1, 3, 4, 13], [1, 1], 5, ONE, ONE, 'valid'],
  [[1, 7, 6, 3], [1, 1], 4, [2, 2], ONE, 'valid'],
  [[1, 6, 5, 4], [3, 3], 7, ONE, ONE, 'same'],
  [[1, 7, 7, 3], [3, 3], 8, [2, 2], ONE, 'same'],
  [[1, 6, 6, 2], [3, 3], 4, [2, 1], ONE, 'valid'],
  [[1, 9, 4, 1], [5, 3], 3, [2, 2], ONE, 'same'],
  [[1, 8, 8, 1], [3, 3], 16, ONE, ONE, 'valid'],
  [[1, 6, 6, 3], [3, 3], 5, ONE, ONE, 'valid'],
  [[1, 5, 6, 3], [2, 2], 4, ONE, ONE, 'same'],
  [[1, 6, 5, 5], [4, 1], 6, ONE, ONE, 'same'],
  [[1, 9, 5, 5], [3, 1], 2, ONE, [2, 1], 'same'],
  [[1, 2, 2, 6], [3, 3], 1, ONE, ONE, 'same'],
  [[1, 4, 7, 16], [2, 4], 9, [1, 2], ONE, 'same'],
];

/** Windows of 3x3 that move by one: sides that are even, odd, and shorter than a tile; steps that fill rounds and do not. */
const SQUARES: readonly Picture[] = [
  [[1, 6, 6, 8], [3, 3], 6, ONE, ONE, 'same'],
  [[1, 5, 7, 12], [3, 3], 4, ONE, ONE, 'same'],
  [[1, 7, 5, 4], [3, 3], 8, ONE, ONE, 'valid'],
  [[1, 8, 10, 20], [3, 3], 2, ONE, ONE, 'valid'],
  [[1, 3, 2, 16], [3, 3], 4, ONE, ONE, 'same'],
];

function convolutions(pictures: readonly Picture[]): Graph {
  const bench = new Bench(INPUT);
  for (const [i, [shape, kernel, filters, strides, dilations, padding]] of pictures.entries()) {
    const x = bench.input(shape);
    for (const k of [0, 1, 2]) {
      const [activation, zeroPoint] = ENDINGS[(i + 2 * k) % ENDINGS.length]!;
      // Of some layers the channels are so far apart that each has a shift of its own.
      const weights = weightsAndBias(
        bench,
        [filters, ...kernel, shape[3]!],
        0,
        i % 4 === 1 && pictures === CONVOLUTIONS ? 9 : 3,
      );
      const type = outputType(kernel[0] * kernel[1] * shape[3]!, 0.05 * 0.003, zeroPoint);
      bench.end('conv2d', { strides, dilations, padding, activation }, [x, ...weights], { type });
    }
  }
  return bench.finish();
}

/** Input, stride, padding: odd and even sizes, rows that go together, channels that are left over. */
const DEPTHWISE: readonly (readonly [Shape, 1 | 2, Padding])[] = [
  [[1, 6, 6, 8], 1, 'same'],
  [[1, 3, 3, 9], 1, 'same'],
  [[1, 19, 5, 4], 1, 'same'],
  [[1, 10, 11, 6], 1, 'valid'],
  [[1, 4, 24, 7], 1, 'same'],
  [[1, 3, 50, 4], 1, 'same'],
  [[1, 6, 61, 5], 1, 'same'],
  [[1, 5, 106, 4], 1, 'valid'],
  [[1, 6, 6, 5], 2, 'same'],
  [[1, 7, 7, 8], 2, 'same'],
  [[1, 21, 9, 4], 2, 'valid'],
  [[1, 4, 24, 6], 2, 'same'],
  [[1, 12, 49, 4], 2, 'same'],
  [[1, 6, 60, 7], 2, 'same'],
];

function depthwise(): Graph {
  const bench = new Bench(INPUT);
  for (const [i, [shape, stride, padding]] of DEPTHWISE.entries()) {
    const x = bench.input(shape);
    for (const k of [0, 1]) {
      const [activation, zeroPoint] = ENDINGS[(i + 3 * k) % ENDINGS.length]!;
      const attributes = { strides: [stride, stride], dilations: ONE, padding, activation } as const;
      const weights = weightsAndBias(bench, [1, 3, 3, shape[3]!], 3, i % 4 === 1 ? 9 : 3);
      bench.end('depthwiseConv2d', attributes, [x, ...weights], { type: outputType(9, 0.05 * 0.003, zeroPoint) });
    }
  }
  return bench.finish();
}

function matrices(): Graph {
  const bench = new Bench(INPUT);
  for (const [i, [features, units]] of (
    [
      [4, 6],
      [7, 6],
      [64, 13],
      [33, 1],
      [18, 5],
      [128, 20],
    ] as const
  ).entries()) {
    const x = bench.input([1, features]);
    for (const k of [0, 1, 2]) {
      const [activation, zeroPoint] = ENDINGS[(i + 2 * k) % ENDINGS.length]!;
      const type = outputType(features, 0.05 * 0.003, zeroPoint);
      bench.end('dense', { activation }, [x, ...weightsAndBias(bench, [units, features], 0)], { type });
    }
  }
  return bench.finish();
}

function sums(): Graph {
  const bench = new Bench(INPUT);
  for (const [i, shape] of (
    [
      [1, 3, 4, 8],
      [1, 7],
      [1, 5, 5, 3],
      [1, 16],
    ] as const
  ).entries()) {
    const left = bench.input(shape);
    const right = bench.input(shape, quantizedType('int8', 0.031, 20));
    for (const op of ['add', 'sub'] as const) {
      const [activation, zeroPoint] = ENDINGS[(i + (op === 'sub' ? 3 : 0)) % ENDINGS.length]!;
      bench.end(op, { activation }, [left, right], { type: quantizedType('int8', 0.07, zeroPoint) });
      bench.end(op, { activation }, [left, left], { type: quantizedType('int8', 0.09, zeroPoint) });
    }
  }
  return bench.finish();
}

/** Nodes of the operators that are meant, and kernels that are taken wherever they fit, by instruction set. */
interface Family {
  readonly name: string;
  readonly graph: Graph;
  readonly ops: readonly OpName[];
  readonly kernels: Readonly<Partial<Record<Set, string>>>;
}

const FAMILIES: readonly Family[] = [
  {
    name: 'convolutions',
    graph: convolutions(CONVOLUTIONS),
    ops: ['conv2d'],
    kernels: { 'armv6-m': 'conv2d-positions', 'armv7e-m': 'conv2d-pairs' },
  },
  {
    name: 'square convolutions',
    graph: convolutions(SQUARES),
    ops: ['conv2d'],
    kernels: { 'armv6-m': 'conv2d-positions', 'armv7e-m': 'conv2d-winograd' },
  },
  {
    name: 'depthwise convolutions',
    graph: depthwise(),
    ops: ['depthwiseConv2d'],
    kernels: { 'armv7e-m': 'depthwise-conv2d-planes' },
  },
  { name: 'matrices', graph: matrices(), ops: ['dense'], kernels: { 'armv7e-m': 'dense-pairs' } },
  { name: 'sums of int8', graph: sums(), ops: ['add', 'sub'], kernels: { 'armv7e-m': 'add-armv7e-m' } },
];

const CASES = FAMILIES.flatMap((family) =>
  (Object.keys(family.kernels) as Set[]).map((isa) => ({ ...family, isa, kernel: family.kernels[isa]! })),
);

/** The serial line of an emulated board takes its time. */
const fewInputs: InputsOf = (project) => randomInputs(project, 4, 1);

/** Nodes that a kernel of the compilation's instruction set computes. */
function served({ program }: Compilation): number {
  return program.functions
    .filter(({ kernel }) => kernel.isa === program.isa)
    .reduce((count, { nodes }) => count + nodes.length, 0);
}

describe.each(CASES)('kernels of $isa: $name', ({ graph, ops, isa, kernel }) => {
  const compiled = compile(graph, {
    name: 'kernels',
    precision: 'model',
    isa,
    kernels: [kernel],
    source: 'a test',
    version: '0.1.0',
  });

  test('they take all of these nodes but some that no numbers fit', () => {
    const names = compiled.program.functions.map((each) => each.kernel.name);
    expect(names).toContain(kernel);
    const asked = graph.nodes.filter(({ op }) => ops.includes(op)).length;
    expect(served(compiled)).toBeGreaterThanOrEqual(Math.ceil(asked * 0.8));
  });

  test.skipIf(gcc === null)(
    'their plain C equals the reference, and does nothing that C leaves undefined',
    async () => {
      await proveOn(compiled, (project) => createHostEngine(project, { optimization: '-O1', sanitize: true }));
    },
  );

  test.skipIf(!hasBoards).each(['-O3', '-Os'] as const)(
    'their instructions equal the reference in an emulator, compiled with %s',
    async (optimization) => {
      await proveOn(compiled, (project) => createBoardEngine(project, boardOf(isa), { optimization }), fewInputs);
    },
  );
});

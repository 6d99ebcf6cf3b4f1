import { type DType, elementCount, perTensor, type Shape, type TensorData, type TensorId } from '@kiln/ir';
import { findToolchain } from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';
import { compile } from '@kiln/codegen';
import { DTYPES, type ElementType, plainType, prove, quantizedType } from './bench.js';
import { seededUnit } from './fan-out.js';
import { GraphSketch } from './stateful.js';

const { gcc } = await findToolchain();

/** Seeded values over the whole range of the type, floats in -1..1. */
function values(dtype: DType, count: number, random: () => number): TensorData {
  const integer = (most: number): number => Math.round((random() * 2 - 1) * most);
  switch (dtype) {
    case 'float32':
      return Float32Array.from({ length: count }, () => random() * 2 - 1);
    case 'int8':
      return Int8Array.from({ length: count }, () => integer(127));
    case 'uint8':
      return Uint8Array.from({ length: count }, () => random() * 256);
    case 'bool':
      return Uint8Array.from({ length: count }, () => random() * 2);
    case 'int16':
      return Int16Array.from({ length: count }, () => integer(32767));
    case 'int32':
      return Int32Array.from({ length: count }, () => integer(20_000));
    case 'int64':
      return BigInt64Array.from({ length: count }, () => BigInt(integer(20_000)));
  }
}

/** A graph in which every constant and state is drawn from a seed. */
class Drawn extends GraphSketch {
  private readonly random: () => number;

  constructor(seed: number, shape: Shape, type: ElementType) {
    super('memory', shape, type);
    this.random = seededUnit(seed);
  }

  drawn(shape: Shape, type: ElementType): TensorId {
    return this.constant(values(type.dtype, elementCount(shape), this.random), shape, type);
  }

  drawnState(shape: Shape, type: ElementType) {
    return this.state(values(type.dtype, elementCount(shape), this.random), shape, type);
  }
}

/** The types of a filter: x, weights of features and of time, bias, state, result. */
const FILTERS: readonly { readonly name: string; readonly types: readonly ElementType[] }[] = [
  { name: 'float32', types: Array.from({ length: 6 }, () => plainType('float32')) },
  {
    name: 'int8 with a state of int16',
    types: [
      quantizedType('int8', 0.05, -7),
      quantizedType('int8', 0.01),
      quantizedType('int16', 0.00004),
      plainType('int32'),
      quantizedType('int16', 0.0004),
      quantizedType('int8', 0.07, 127),
    ],
  },
  {
    name: 'int8 with a state of int8',
    types: [
      quantizedType('int8', 0.05, 127),
      quantizedType('int8', 0.01),
      quantizedType('int8', 0.02),
      plainType('int32'),
      quantizedType('int8', 0.1, 13),
      quantizedType('int8', 0.07, -128),
    ],
  },
];

/** The types of a cell: x, weights, bias, hidden state and result, cell state. */
const CELLS: readonly { readonly name: string; readonly types: readonly ElementType[] }[] = [
  { name: 'float32', types: Array.from({ length: 5 }, () => plainType('float32')) },
  {
    name: 'int8',
    types: [
      quantizedType('int8', 0.03, -128),
      quantizedType('int8', 0.02),
      plainType('int32'),
      quantizedType('int8', 1 / 100, 9),
      quantizedType('int16', 2 ** -13),
    ],
  },
  {
    name: 'int16',
    types: [
      quantizedType('int16', 0.0003),
      quantizedType('int8', 0.02),
      plainType('int64'),
      quantizedType('int16', 1 / 32768),
      quantizedType('int16', 2 ** -10),
    ],
  },
];

describe.skipIf(gcc === null)('the C of operators that remember equals the reference, run after run', () => {
  test.each(DTYPES)('circular buffers of %s', async (dtype) => {
    const type = ['int8', 'uint8', 'int16'].includes(dtype) ? quantizedType(dtype, 0.5) : plainType(dtype);
    const g = new Drawn(1, [1, 1, 2, 3], type);
    const x = g.input();
    const outputs = [1, 2, 5].map((slots) => {
      const shape = [1, slots, 2, 3];
      const { before, becoming } = g.drawnState(shape, type);
      const [after] = g.add('circularBuffer', {}, [x, before], [{ shape }]);
      becoming(after!);
      return after!;
    });
    await prove(g.finish(outputs));
  });

  test('a buffer that is fed with a part of itself, and one that is read as it was before', async () => {
    const type = plainType('float32');
    const g = new Drawn(2, [1, 1, 1, 3], type);
    const x = g.input();
    const shape = [1, 4, 1, 3];
    const own = g.drawnState(shape, type);
    const slice = { begin: [0, 1, 0, 0], size: [1, 1, 1, 3], strides: [1, 1, 1, 1] };
    const [second] = g.add('slice', slice, [own.before]);
    const [after] = g.add('circularBuffer', {}, [second!, own.before], [{ shape }]);
    own.becoming(after!);
    const late = g.drawnState(shape, type);
    const [next] = g.add('circularBuffer', {}, [x, late.before], [{ shape }]);
    late.becoming(next!);
    const [difference] = g.add('sub', { activation: 'none' }, [next!, late.before], [{ shape }]);
    await prove(g.finish([after!, difference!]));
  });

  test.each(FILTERS)('filters with a memory, $name', async ({ types }) => {
    const [x, feature, time, bias, state, y] = types as [
      ElementType,
      ElementType,
      ElementType,
      ElementType,
      ElementType,
      ElementType,
    ];
    const g = new Drawn(3, [2, 3], x);
    const input = g.input();
    const sizes = [
      [4, 5, 1],
      [4, 1, 2],
      [6, 3, 3],
      [1, 2, 1],
    ] as const;
    const outputs = sizes.map(([filters, memory, rank], i) => {
      const shape = [2, filters * memory];
      const own = g.drawnState(shape, state);
      const constants = [
        g.drawn([filters, 3], feature),
        g.drawn([filters, memory], time),
        g.drawn([filters / rank], bias),
      ];
      const activation = (['none', 'relu', 'relu6', 'reluN1To1'] as const)[i]!;
      const results = [
        { shape: [2, filters / rank], type: y },
        { shape, type: state },
      ];
      const [result, after] = g.add('svdf', { rank, activation }, [input, ...constants, own.before], results);
      own.becoming(after!);
      return result!;
    });
    await prove(g.finish(outputs));
  });

  test.each(CELLS)('long short-term memory, $name', async ({ types }) => {
    const [x, weights, bias, hidden, cell] = types as [ElementType, ElementType, ElementType, ElementType, ElementType];
    const g = new Drawn(4, [2, 3, 4], x);
    const input = g.input();
    const variants = [
      { timeMajor: false, cellClip: 0, units: 3 },
      { timeMajor: true, cellClip: 0.5, units: 1 },
      { timeMajor: false, cellClip: 1e6, units: 5 },
    ];
    const outputs = variants.map(({ units, ...attributes }) => {
      const batches = attributes.timeMajor ? 3 : 2;
      const shape = [batches, units];
      const [own, memory] = [g.drawnState(shape, hidden), g.drawnState(shape, cell)];
      const constants = [
        ...Array.from({ length: 4 }, () => g.drawn([units, 4], weights)),
        ...Array.from({ length: 4 }, () => g.drawn([units, units], weights)),
        ...Array.from({ length: 4 }, () => g.drawn([units], bias)),
      ];
      const results = [
        { shape: [2, 3, units], type: hidden },
        { shape, type: hidden },
        { shape, type: cell },
      ];
      const inputs = [input, ...constants, own.before, memory.before];
      const [y, nextHidden, nextCell] = g.add('unidirectionalSequenceLstm', attributes, inputs, results);
      own.becoming(nextHidden!);
      memory.becoming(nextCell!);
      return y!;
    });
    await prove(g.finish(outputs));
  });
});

test('a cell state without a power of two for its scale is refused, and so are weights that are computed', () => {
  const [x, weights, bias, hidden] = CELLS[1]!.types as [ElementType, ElementType, ElementType, ElementType];
  const cell = { dtype: 'int16', quantization: perTensor(0.0003, 0) } as const;
  const g = new Drawn(5, [1, 1, 2], x);
  const [input, computed] = [g.input(), g.input([2, 2], weights)];
  const [own, memory] = [g.drawnState([1, 2], hidden), g.drawnState([1, 2], cell)];
  const matrices = Array.from({ length: 7 }, () => g.drawn([2, 2], weights));
  const biases = Array.from({ length: 4 }, () => g.drawn([2], bias));
  const results = [
    { shape: [1, 1, 2], type: hidden },
    { shape: [1, 2], type: hidden },
    { shape: [1, 2], type: cell },
  ];
  const inputs = [input, computed, ...matrices, ...biases, own.before, memory.before];
  const [y] = g.add('unidirectionalSequenceLstm', { timeMajor: false, cellClip: 0 }, inputs, results);
  const options = { name: 'cell', precision: 'model', source: 'a test', version: '0.1.0' } as const;
  expect(() => compile(g.finish([y!]), options)).toThrow(/2 errors/);
});

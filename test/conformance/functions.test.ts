import type { CProject, DType, TensorId } from '@kiln/ir';
import { findToolchain, type HostOptions, type InputSet } from '@kiln/runtime-c';
import { describe, test } from 'vitest';
import { Bench, DTYPES, plainType, prove, quantizedType } from './bench.js';
import { seededUnit } from './fan-out.js';

const { gcc, clang } = await findToolchain();

/** Elements of one inference. */
const LENGTH = 4096;

/** Where functions branch, and what is not a plain number: bits of float32. */
const EDGES = [
  0x00000000, 0x00000001, 0x007fffff, 0x00800000, 0x33800000, 0x3effffff, 0x3f000000, 0x3f3504f3, 0x3f490fdb,
  0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fc00000, 0x40200000, 0x42ae0000, 0x42b17217, 0x42b17218, 0x43000000,
  0x437f0000, 0x46fffe00, 0x4affffff, 0x4b000000, 0x4b000001, 0x4effffff, 0x4f000000, 0x5effffff, 0x5f000000,
  0x7f7fffff, 0x7f800000, 0x7fc00000,
];

/** Bit patterns of float32 of every magnitude and sign, the edges among them. */
function patterns(count: number): Uint32Array {
  const unit = seededUnit(7);
  const edges = EDGES.flatMap((bits) => [bits, (bits | 0x80000000) >>> 0]);
  return Uint32Array.from({ length: count }, (_, i) => {
    // Every second one between 2^-7 and 2^8, where most of what networks compute lies.
    const magnitude = i % 2 === 0 ? unit() * 0x7f800000 : 0x3c000000 + unit() * 0x7800000;
    return edges[i] ?? (magnitude | (unit() < 0.5 ? 0 : 0x80000000)) >>> 0;
  });
}

/** The values over as many inferences as they take; every further input of the project has them moved on by a prime. */
function spread(values: Uint32Array | Int8Array | Int16Array): (project: CProject) => InputSet {
  return ({ inputs }) => {
    const count = Math.ceil(values.length / LENGTH);
    const length = values.length / count;
    const moved = inputs.map((_, port) => values.map((_value, i) => values[(i + 1009 * port) % values.length]!));
    const slices = Array.from({ length: count }, (_, run) =>
      moved.map((all) => all.slice(run * length, (run + 1) * length)),
    );
    return {
      count,
      names: slices.map((_, run) => `values from ${run * length} on`),
      bytes: Buffer.concat(slices.flat().map(({ buffer }) => Buffer.from(buffer))),
    };
  };
}

const FLOAT_FUNCTIONS = [
  'abs',
  'ceil',
  'cos',
  'elu',
  'exp',
  'floor',
  'hardSwish',
  'log',
  'logistic',
  'neg',
  'relu',
  'relu0To1',
  'relu6',
  'reluN1To1',
  'round',
  'rsqrt',
  'sign',
  'sin',
  'sqrt',
  'square',
  'tanh',
] as const;

/** Rows of that many elements: a number that is none spoils one of them. */
const DEPTH = 4;

function floatBench(): Bench {
  const bench = new Bench(plainType('float32'));
  const [x, y] = [bench.input([LENGTH]), bench.input([LENGTH])];
  for (const op of FLOAT_FUNCTIONS) bench.end(op, {}, [x]);
  bench.end('pow', {}, [x, y]);
  for (const alpha of [0, 1.7, -0.5]) bench.end('leakyRelu', { alpha }, [x]);
  for (const approximate of [false, true]) bench.end('gelu', { approximate }, [x]);
  const rows = bench.input([LENGTH / DEPTH, DEPTH]);
  for (const beta of [1, 0.5]) bench.end('softmax', { beta }, [rows]);
  bench.end('logSoftmax', {}, [rows]);
  bench.end('l2Normalization', {}, [rows]);
  for (const dtype of DTYPES) bench.end('cast', {}, [x], { type: plainType(dtype) });
  for (const [dtype, zeroPoint] of [
    ['int8', -128],
    ['int8', 127],
    ['uint8', 3],
    ['int16', 0],
  ] as const)
    for (const scale of [0.5, 0.1, 3e4, 1e-20].map(Math.fround))
      bench.end('quantize', {}, [x], { type: quantizedType(dtype, scale, zeroPoint) });
  return bench;
}

/** Scales and zero points of input and output. */
const SCALES = [
  [0.05, -20, 0.06, -100],
  [0.002, 127, 0.9, 0],
  [3, -128, 0.001, 127],
].map((row) => row.map(Math.fround)) as [number, number, number, number][];

function integerBench(dtype: 'int8' | 'int16', length: number): Bench {
  const bench = new Bench(plainType('float32'));
  const typeOf = (type: DType, scale: number, zeroPoint: number) =>
    quantizedType(type, scale, type === 'int8' ? zeroPoint : type === 'uint8' ? zeroPoint + 128 : 0);
  for (const [scaleX, zeroX, scaleY, zeroY] of SCALES) {
    const x: TensorId = bench.input([length], typeOf(dtype, scaleX, zeroX));
    for (const op of ['abs', 'exp', 'log', 'rsqrt', 'sqrt'] as const)
      bench.end(op, {}, [x], { type: typeOf(dtype, scaleY, zeroY) });
    for (const target of ['int8', 'int16', 'int32', ...(dtype === 'int8' ? (['uint8'] as const) : [])] as const)
      bench.end('quantize', {}, [x], { type: typeOf(target, scaleY, zeroY) });
    for (const op of [
      'relu',
      'relu6',
      ...(dtype === 'int8' ? (['reluN1To1', 'elu', 'hardSwish'] as const) : []),
    ] as const)
      bench.end(op, {}, [x], { type: typeOf(dtype, scaleY, zeroY) });
    for (const alpha of [0.01, -1.7]) bench.end('leakyRelu', { alpha }, [x], { type: typeOf(dtype, scaleY, zeroY) });
    bench.end('dequantize', {}, [x]);
    for (const target of DTYPES) bench.end('cast', {}, [x], { type: plainType(target) });
  }
  return bench;
}

/** Functions whose results have one scale and no other. */
function fixedBench(dtype: 'int8' | 'int16', length: number): Bench {
  const bench = new Bench(plainType('float32'));
  const [least, zero] = dtype === 'int8' ? [8, -128] : [15, 0];
  for (const scale of [0.05, 0.002, 1 / 2048].map(Math.fround)) {
    const x = bench.input([length], quantizedType(dtype, scale, dtype === 'int8' ? -20 : 0));
    bench.end('logistic', {}, [x], { type: quantizedType(dtype, 2 ** -least, zero) });
    bench.end('tanh', {}, [x], { type: quantizedType(dtype, dtype === 'int8' ? 1 / 128 : 1 / 32768) });
    const rows = bench.input([length / DEPTH, DEPTH], quantizedType(dtype, scale, dtype === 'int8' ? -20 : 0));
    for (const beta of [1, 3])
      bench.end('softmax', { beta }, [rows], { type: quantizedType(dtype, 2 ** -least, zero) });
    if (dtype === 'int16') continue;
    bench.end('softmax', { beta: 1 }, [rows], { type: quantizedType('int16', 1 / 65536, -32768) });
    bench.end('logSoftmax', {}, [rows], { type: quantizedType('int8', 1 / 16, 127) });
    bench.end('l2Normalization', {}, [rows], { type: quantizedType('int8', 1 / 128) });
  }
  return bench;
}

const COMPILERS: readonly (readonly [string, boolean, HostOptions])[] = [
  ['gcc under sanitizers', gcc !== null, { compiler: 'gcc', optimization: '-O1', sanitize: true }],
  ['clang', clang !== null, { compiler: 'clang', optimization: '-O2' }],
];

describe.each(COMPILERS.filter(([, isThere]) => isThere))(
  'functions of one number in C, by %s',
  (_name, _there, options) => {
    test('float32: numbers of every magnitude, infinities and what is no number', async () => {
      await prove(floatBench().finish(), options, spread(patterns(8 * LENGTH)));
    });

    test('all int8', async () => {
      const values = Int8Array.from({ length: 256 }, (_, i) => i - 128);
      await prove(integerBench('int8', 256).finish(), options, spread(values));
      await prove(fixedBench('int8', 256).finish(), options, spread(values));
    });

    test('all int16', async () => {
      const values = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
      await prove(integerBench('int16', LENGTH).finish(), options, spread(values));
      await prove(fixedBench('int16', LENGTH).finish(), options, spread(values));
    });
  },
);

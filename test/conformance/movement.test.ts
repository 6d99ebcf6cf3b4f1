import type { Shape, TensorId } from '@kiln/ir';
import { findToolchain } from '@kiln/runtime-c';
import { describe, test } from 'vitest';
import { Bench, DTYPES, plainType, prove, SCALAR, typeOf } from './bench.js';

const { gcc } = await findToolchain();

describe.skipIf(gcc === null)('the C of an operator that moves elements equals its reference', () => {
  test.each(DTYPES)('%s: transpose, concatenation, split, slice, pad', async (dtype) => {
    const bench = new Bench(typeOf(dtype));
    const [x, y, value] = [bench.input([2, 3, 4, 5]), bench.input([2, 1, 4, 5]), bench.input([])];
    const scalar = bench.constant([], SCALAR[dtype], plainType(dtype));
    for (const permutation of [
      [0, 1, 2, 3],
      [0, 3, 1, 2],
      [3, 2, 1, 0],
      [1, 0, 2, 3],
      [0, 2, 1, 3],
    ])
      bench.end('transpose', { permutation }, [x]);
    bench.end('transpose', { permutation: [1, 0, 2, 3] }, [y]);
    bench.end('concatenation', { axis: 1 }, [x, y, x]);
    bench.end('concatenation', { axis: 3 }, [y, y]);
    bench.end('concatenation', { axis: 0 }, [x]);
    bench.end('split', { axis: 0, sizes: [1, 1] }, [x], { count: 2 });
    bench.end('split', { axis: 1, sizes: [2, 1] }, [x], { count: 2 });
    bench.end('split', { axis: 3, sizes: [1, 3, 1] }, [x], { count: 3 });
    for (const [begin, size, strides] of [
      [
        [1, 0, 0, 0],
        [1, 3, 4, 5],
        [1, 1, 1, 1],
      ],
      [
        [1, 1, 0, 0],
        [1, 2, 4, 5],
        [1, 1, 1, 1],
      ],
      [
        [0, 0, 0, 4],
        [2, 3, 4, 5],
        [1, 1, 1, -1],
      ],
      [
        [1, 2, 3, 3],
        [2, 2, 2, 2],
        [-1, -2, -2, -3],
      ],
      [
        [0, 1, 1, 1],
        [1, 1, 2, 3],
        [2, 3, 2, 1],
      ],
      [
        [1, 2, 3, 4],
        [1, 1, 1, 1],
        [1, 1, 1, 1],
      ],
    ] as const)
      bench.end('slice', { begin, size, strides }, [x]);
    for (const [before, after] of [
      [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
      [
        [0, 1, 2, 0],
        [0, 2, 1, 0],
      ],
      [
        [1, 0, 0, 0],
        [2, 0, 0, 0],
      ],
      [
        [0, 0, 0, 0],
        [0, 0, 0, 3],
      ],
      [
        [1, 2, 0, 1],
        [0, 0, 3, 1],
      ],
    ] as const) {
      bench.end('pad', { before, after }, [x, scalar]);
      bench.end('pad', { before, after }, [x, value]);
    }
    await prove(bench.finish(), { sanitize: dtype === 'int8' });
  });

  test.each(['float32', 'int8', 'int64', 'bool'] as const)(
    '%s: tile, broadcastTo, reverse, blocks, mirrors, nearest neighbours',
    async (dtype) => {
      const bench = new Bench(typeOf(dtype));
      const [x, y] = [bench.input([2, 4, 6, 8]), bench.input([1, 4, 1, 2])];
      for (const multiples of [
        [1, 1, 1, 1],
        [2, 1, 1, 1],
        [1, 3, 2, 1],
        [2, 2, 2, 2],
      ])
        bench.end('tile', { multiples }, [y]);
      for (const shape of [
        [1, 4, 1, 2],
        [3, 4, 1, 2],
        [2, 4, 5, 2],
        [2, 3, 4, 5, 2],
      ])
        bench.end('broadcastTo', { shape }, [y]);
      for (const axes of [[], [0], [3], [1, 2], [0, 1, 2, 3]]) bench.end('reverse', { axes }, [x]);
      bench.end('reverse', { axes: [0, 2] }, [y]);
      for (const blockSize of [1, 2]) {
        bench.end('spaceToDepth', { blockSize }, [x]);
        bench.end('depthToSpace', { blockSize }, [x]);
      }
      for (const [block, before, after] of [
        [
          [1, 1],
          [0, 0],
          [0, 0],
        ],
        [
          [2, 3],
          [0, 0],
          [0, 0],
        ],
        [
          [2, 2],
          [1, 0],
          [1, 2],
        ],
        [
          [3, 2],
          [2, 5],
          [0, 1],
        ],
        [[2], [3], [1]],
      ] as const)
        bench.end('spaceToBatch', { block, before, after }, [x]);
      for (const [block, before, after] of [
        [
          [2, 1],
          [0, 0],
          [0, 0],
        ],
        [
          [1, 2],
          [0, 3],
          [0, 2],
        ],
        [[2], [1], [0]],
      ] as const)
        bench.end('batchToSpace', { block, before, after }, [x]);
      for (const [before, after] of [
        [
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ],
        [
          [0, 3, 1, 0],
          [0, 2, 5, 0],
        ],
        [
          [1, 0, 0, 7],
          [1, 0, 0, 0],
        ],
      ] as const) {
        bench.end('mirrorPad', { before, after, mode: 'reflect' }, [x]);
        bench.end('mirrorPad', { before, after, mode: 'symmetric' }, [x]);
      }
      for (const size of [
        [4, 6],
        [8, 12],
        [2, 3],
        [5, 7],
        [1, 1],
        [11, 6],
      ] as const) {
        bench.end('resizeNearest', { size, alignCorners: false, halfPixelCenters: false }, [x]);
        bench.end('resizeNearest', { size, alignCorners: true, halfPixelCenters: false }, [x]);
        bench.end('resizeNearest', { size, alignCorners: false, halfPixelCenters: true }, [x]);
      }
      await prove(bench.finish(), { sanitize: dtype === 'int8' });
    },
  );

  test.each(DTYPES)('%s: gather, gatherNd, dynamicUpdateSlice at indices in and out of range', async (dtype) => {
    const bench = new Bench(typeOf(dtype));
    const x = bench.input([2, 3, 4]);
    const table = bench.constant([4, 1], new (SCALAR[dtype].constructor as Int8ArrayConstructor)(4), plainType(dtype));
    const update = bench.input([1, 2, 4]);
    for (const type of ['int32', 'int64'] as const) {
      const indices = bench.input([2, 3], plainType(type));
      const known = (shape: Shape, ...values: number[]): TensorId =>
        bench.constant(
          shape,
          type === 'int32' ? Int32Array.from(values) : BigInt64Array.from(values, BigInt),
          plainType(type),
        );
      for (const axis of [0, 1, 2]) bench.end('gather', { axis, batchDimensions: 0 }, [x, indices]);
      bench.end('gather', { axis: 0, batchDimensions: 0 }, [table, indices]);
      bench.end('gather', { axis: 1, batchDimensions: 1 }, [x, indices]);
      bench.end('gather', { axis: 2, batchDimensions: 2 }, [x, indices]);
      bench.end('gather', { axis: 2, batchDimensions: 1 }, [x, known([2, 2], 3, 1, 0, 0)]);
      bench.end('gather', { axis: 2, batchDimensions: 0 }, [x, known([2, 2], 3, 1, 0, 0)]);
      bench.end('gather', { axis: 1, batchDimensions: 0 }, [x, known([3], 2, 0, 2)]);
      bench.end('gather', { axis: 1, batchDimensions: 0 }, [x, known([], 1)]);
      bench.end('gather', { axis: 0, batchDimensions: 0 }, [x, known([], 1)]);
      bench.end('gather', { axis: 0, batchDimensions: 0 }, [x, known([1], 1)]);
      bench.end('gatherNd', {}, [x, indices]);
      bench.end('gatherNd', {}, [x, known([3, 2], 1, 2, 0, 0, 1, 1)]);
      bench.end('gatherNd', {}, [x, known([1, 1, 1], 1)]);
      const start = bench.input([3], plainType(type));
      bench.end('dynamicUpdateSlice', {}, [x, update, start]);
      bench.end('dynamicUpdateSlice', {}, [x, x, start]);
      bench.end('dynamicUpdateSlice', {}, [x, update, known([3], 0, 1, 0)]);
      bench.end('dynamicUpdateSlice', {}, [x, update, known([3], -5, 9, 2)]);
      // Over memory of its own: in place.
      const [moved] = bench.add('reverse', { axes: [1] }, [x]);
      bench.end('dynamicUpdateSlice', {}, [moved!, update, start]);
    }
    await prove(bench.finish(), { sanitize: dtype === 'int8' });
  });

  test.each(DTYPES)('%s: oneHot of int32 and int64, on and off constant or not', async (dtype) => {
    const bench = new Bench(typeOf(dtype));
    const [on, off] = [bench.constant([], SCALAR[dtype], plainType(dtype)), bench.input([])];
    for (const type of ['int32', 'int64'] as const) {
      const [flags, counts] = [bench.input([2, 3], plainType(type)), bench.input([1], plainType(type))];
      for (const axis of [0, 1, 2]) bench.end('oneHot', { depth: 4, axis }, [flags, on, off]);
      bench.end('oneHot', { depth: 1, axis: 1 }, [counts, off, on]);
    }
    await prove(bench.finish());
  });

  test.each(['float32', 'int8', 'int16'] as const)('%s: resizeBilinear', async (dtype) => {
    const bench = new Bench(typeOf(dtype));
    const [x, row] = [bench.input([2, 4, 6, 3]), bench.input([1, 1, 5, 1])];
    for (const size of [
      [4, 6],
      [8, 12],
      [2, 3],
      [5, 7],
      [1, 1],
      [11, 97],
    ] as const) {
      for (const [alignCorners, halfPixelCenters] of [
        [false, false],
        [true, false],
        [false, true],
      ] as const) {
        bench.end('resizeBilinear', { size, alignCorners, halfPixelCenters }, [x]);
        bench.end('resizeBilinear', { size, alignCorners, halfPixelCenters }, [row]);
      }
    }
    await prove(bench.finish(), { sanitize: dtype !== 'float32' });
  });
});

import { CompileError, elementCount, type TensorData, type TensorId } from '@kiln/ir';
import type { OperatorContext, OperatorReader, OperatorReaders } from '../operator-context.js';
import { MIRROR_PAD_MODES } from '../schema/enums.js';
import { readRange } from './range.js';
import { resolveStridedSlice } from './strided-slice.js';

/** Whatever the operator is called: the elements stay, the shape is the file's. */
const readReshape: OperatorReader = (context) => {
  context.emit('reshape', { shape: context.result().shape }, [context.input(0)]);
};

function constantResult(context: OperatorContext, values: readonly number[]): void {
  const { shape, dtype } = context.result();
  const data: TensorData = dtype === 'int64' ? BigInt64Array.from(values, BigInt) : Int32Array.from(values);
  context.outputIs(0, context.add('', { shape, dtype: dtype === 'int64' ? 'int64' : 'int32', data }));
}

function readPack(context: OperatorContext): void {
  const y = context.result();
  const axis = context.axis(context.options('PackOptions').axis, y.shape.length);
  const pieces = context.operator.inputs.map((_, i) => {
    const x = context.tensor(i);
    const shape = [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)];
    return context.reshaped(context.input(i), x, shape, `/piece_${i}`);
  });
  context.emit('concatenation', { axis }, pieces);
}

function readUnpack(context: OperatorContext): void {
  const x = context.tensor(0);
  const axis = context.axis(context.options('UnpackOptions').axis, x.shape.length);
  const piece = x.shape.map((size, d) => (d === axis ? 1 : size));
  const pieces = context.operator.outputs.map((_, i) =>
    context.add(`/piece_${i}`, { shape: piece, dtype: context.dtypeOf(x), quantization: x.quantization }),
  );
  context.emit('split', { axis, sizes: pieces.map(() => 1) }, [context.input(0)], pieces);
  pieces.forEach((id, i) =>
    context.emit('reshape', { shape: context.result(i).shape }, [id], [context.output(i)], `/unpacked_${i}`),
  );
}

function readSplit(context: OperatorContext): void {
  const x = context.tensor(1);
  const axis = context.axis(context.integer(0), x.shape.length);
  const count = context.outputCount;
  const sizes = Array.from({ length: count }, () => (x.shape[axis] ?? 0) / count);
  if (!sizes.every(Number.isInteger)) {
    const message = `splits ${x.shape[axis]} elements into ${count} equal pieces`;
    throw new CompileError('E-TFLITE-SPLIT', context.where, message, 'Convert the model again');
  }
  context.emit('split', { axis, sizes }, [context.input(1)]);
}

function readSplitV(context: OperatorContext): void {
  const x = context.tensor(0);
  const axis = context.axis(context.integer(2), x.shape.length);
  const asked = context.integers(1);
  const given = asked.reduce((sum, size) => sum + Math.max(size, 0), 0);
  const sizes = asked.map((size) => (size === -1 ? (x.shape[axis] ?? 0) - given : size));
  context.emit('split', { axis, sizes }, [context.input(0)]);
}

function readSlice(context: OperatorContext): void {
  const { shape } = context.tensor(0);
  const [begin, asked] = [context.integers(1), context.integers(2)];
  const size = asked.map((length, d) => (length === -1 ? (shape[d] ?? 0) - (begin[d] ?? 0) : length));
  context.emit('slice', { begin, size, strides: shape.map(() => 1) }, [context.input(0)]);
}

function readStridedSlice(context: OperatorContext): void {
  const x = context.tensor(0);
  const { begin, size, strides, shape } = resolveStridedSlice(context);
  if (shape.length === size.length && shape.every((length, d) => length === size[d])) {
    context.emit('slice', { begin, size, strides }, [context.input(0)]);
    return;
  }
  const part = context.add('/slice', { shape: size, dtype: context.dtypeOf(x), quantization: x.quantization });
  context.emit('slice', { begin, size, strides }, [context.input(0)], [part], '/slice');
  context.emit('reshape', { shape }, [part]);
}

/** Pairs [before, after] for each dimension. */
function paddings(context: OperatorContext, i: number): { before: number[]; after: number[] } {
  const values = context.integers(i);
  return { before: values.filter((_, k) => k % 2 === 0), after: values.filter((_, k) => k % 2 === 1) };
}

/** Without a value the padding is zero: of a quantized tensor its zero point. */
function padValue(context: OperatorContext): TensorId {
  if (context.has(2)) return context.input(2);
  const { dtype, quantization } = context.tensor(0);
  const zero = quantization?.zeroPoint[0] ?? 0;
  const data: Record<string, TensorData> = {
    float32: Float32Array.of(zero),
    int8: Int8Array.of(zero),
    uint8: Uint8Array.of(zero),
    int16: Int16Array.of(zero),
    int32: Int32Array.of(zero),
    int64: BigInt64Array.of(BigInt(zero)),
    bool: Uint8Array.of(0),
  };
  return context.add('/zero', { shape: [], dtype: dtype ?? 'float32', quantization, data: data[dtype ?? 'float32']! });
}

const readPad: OperatorReader = (context) =>
  context.emit('pad', paddings(context, 1), [context.input(0), padValue(context)]);

function readMirrorPad(context: OperatorContext): void {
  const name = MIRROR_PAD_MODES[context.options('MirrorPadOptions').mode];
  const mode = name === 'REFLECT' ? 'reflect' : 'symmetric';
  context.emit('mirrorPad', { ...paddings(context, 1), mode }, [context.input(0)]);
}

function readGather(context: OperatorContext): void {
  const { axis, batchDims } = context.options('GatherOptions');
  const rank = context.tensor(0).shape.length;
  const batchDimensions = batchDims < 0 ? batchDims + context.tensor(1).shape.length : batchDims;
  const inputs = [context.input(0), context.input(1)];
  context.emit('gather', { axis: context.axis(axis, rank), batchDimensions }, inputs);
}

function readOneHot(context: OperatorContext): void {
  const rank = context.result().shape.length;
  const { axis } = context.options('OneHotOptions');
  const inputs = [context.input(0), context.input(2), context.input(3)];
  context.emit('oneHot', { depth: context.integer(1), axis: context.axis(axis, rank) }, inputs);
}

const resize =
  (op: 'resizeBilinear' | 'resizeNearest'): OperatorReader =>
  (context) => {
    const options =
      op === 'resizeBilinear'
        ? context.options('ResizeBilinearOptions')
        : context.options('ResizeNearestNeighborOptions');
    const [height = 0, width = 0] = context.integers(1);
    context.positive('size', height, width);
    const { alignCorners, halfPixelCenters } = options;
    context.emit(op, { size: [height, width], alignCorners, halfPixelCenters }, [context.input(0)]);
  };

const blocks =
  (op: 'spaceToBatch' | 'batchToSpace'): OperatorReader =>
  (context) => {
    const block = context.integers(1);
    context.positive('block', ...block);
    context.emit(op, { block, ...paddings(context, 2) }, [context.input(0)]);
  };

/** Of constant shapes. */
function readBroadcastArgs(context: OperatorContext): void {
  const [a, b] = [context.integers(0), context.integers(1)];
  const rank = Math.max(a.length, b.length);
  const padded = (shape: readonly number[]): number[] => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [left, right] = [padded(a), padded(b)];
  constantResult(
    context,
    left.map((size, d) => (size === 1 ? right[d]! : size)),
  );
}

/** Where a constant is true: rows of indices. */
function readWhere(context: OperatorContext): void {
  const { shape } = context.tensor(0);
  const rows = context.integers(0).flatMap((value, flat) => {
    if (value === 0) return [];
    let rest = flat;
    return [...shape]
      .reverse()
      .map((size) => {
        const index = rest % size;
        rest = Math.floor(rest / size);
        return index;
      })
      .reverse();
  });
  if (rows.length !== elementCount(context.result().shape)) {
    throw context.unsupported(
      'E-TFLITE-WHERE',
      `finds ${rows.length / Math.max(1, shape.length)} places, not as many as its result has`,
    );
  }
  constantResult(context, rows);
}

/** Operators that move elements. */
export const movementReaders: OperatorReaders = {
  RESHAPE: readReshape,
  SQUEEZE: readReshape,
  EXPAND_DIMS: readReshape,
  SHAPE: (context) => constantResult(context, context.tensor(0).shape),
  RANK: (context) => constantResult(context, [context.tensor(0).shape.length]),
  TRANSPOSE: (context) => {
    const rank = context.tensor(0).shape.length;
    const permutation = context.integers(1).map((axis) => context.axis(axis, rank));
    context.emit('transpose', { permutation }, [context.input(0)]);
  },
  CONCATENATION: (context) => {
    const { axis, fusedActivationFunction } = context.options('ConcatenationOptions');
    const activation = context.activation(fusedActivationFunction);
    if (activation !== 'none')
      throw context.unsupported('E-TFLITE-ACTIVATION', `has the fused activation ${activation}`);
    context.emit('concatenation', { axis: context.axis(axis, context.result().shape.length) }, context.allInputs());
  },
  SPLIT: readSplit,
  SPLIT_V: readSplitV,
  PACK: readPack,
  UNPACK: readUnpack,
  SLICE: readSlice,
  STRIDED_SLICE: readStridedSlice,
  GATHER: readGather,
  GATHER_ND: (context) => context.emit('gatherNd', {}, [context.input(0), context.input(1)]),
  EMBEDDING_LOOKUP: (context) =>
    context.emit('gather', { axis: 0, batchDimensions: 0 }, [context.input(1), context.input(0)]),
  ONE_HOT: readOneHot,
  PAD: readPad,
  PADV2: readPad,
  MIRROR_PAD: readMirrorPad,
  TILE: (context) => context.emit('tile', { multiples: context.integers(1) }, [context.input(0)]),
  BROADCAST_TO: (context) => context.emit('broadcastTo', { shape: context.result().shape }, [context.input(0)]),
  FILL: (context) => context.emit('broadcastTo', { shape: context.result().shape }, [context.input(1)]),
  BROADCAST_ARGS: readBroadcastArgs,
  RANGE: readRange,
  WHERE: readWhere,
  REVERSE_V2: (context) => {
    const rank = context.tensor(0).shape.length;
    const axes = context.integers(1).map((axis) => context.axis(axis, rank));
    context.emit('reverse', { axes }, [context.input(0)]);
  },
  SPACE_TO_DEPTH: (context) => {
    const { blockSize } = context.options('SpaceToDepthOptions');
    context.positive('block', blockSize);
    context.emit('spaceToDepth', { blockSize }, [context.input(0)]);
  },
  DEPTH_TO_SPACE: (context) => {
    const { blockSize } = context.options('DepthToSpaceOptions');
    context.positive('block', blockSize);
    context.emit('depthToSpace', { blockSize }, [context.input(0)]);
  },
  SPACE_TO_BATCH_ND: blocks('spaceToBatch'),
  BATCH_TO_SPACE_ND: blocks('batchToSpace'),
  RESIZE_BILINEAR: resize('resizeBilinear'),
  RESIZE_NEAREST_NEIGHBOR: resize('resizeNearest'),
  DYNAMIC_UPDATE_SLICE: (context) =>
    context.emit('dynamicUpdateSlice', {}, [context.input(0), context.input(1), context.input(2)]),
};

import type { NodeAttributes, Shape } from '@kiln/ir';
import { pick, stridesOf } from '../fold.js';
import type { NodeContext } from '../node-context.js';
import { type Constant, constant, type Flowing, type Tensorial } from '../value.js';
import type { NodeReader, NodeReaders } from './node-reader.js';
import { pairsOf } from './pairs.js';
import { reshaped } from './shape.js';
import { resolveStridedSlice } from './strided-slice.js';

const one =
  (read: (context: NodeContext) => Tensorial): NodeReader =>
  (context) => [read(context)];

export function transposed(context: NodeContext, x: Tensorial, permutation: readonly number[], suffix = ''): Tensorial {
  if (permutation.every((axis, d) => axis === d)) return x;
  const shape = permutation.map((axis) => x.shape[axis]!);
  if (x.kind === 'flowing')
    return (
      movedBack(context, x, permutation) ?? context.emit('transpose', { permutation }, [x], shape, x.dtype, suffix)
    );
  const strides = stridesOf(x.shape);
  return pick(context, x, shape, (index) => index.reduce((flat, at, d) => flat + at * strides[permutation[d]!]!, 0));
}

/** What was transposed before, if this one undoes it: channels that go first and last again between the layers. */
function movedBack(context: NodeContext, x: Flowing, permutation: readonly number[]): Tensorial | null {
  const maker = context.construction.makers.get(x.id);
  if (maker?.op !== 'transpose') return null;
  const before = (maker.attributes as NodeAttributes['transpose']).permutation;
  return permutation.every((axis, d) => before[axis] === d) ? maker.x : null;
}

function readTranspose(context: NodeContext): Tensorial {
  const x = context.tensor(0);
  const permutation = context.integers(1).map((axis) => context.axis(axis, x.shape.length));
  if (new Set(permutation).size === x.shape.length && permutation.length === x.shape.length)
    return transposed(context, x, permutation);
  throw context.wrong(
    'E-GRAPHDEF-TRANSPOSE',
    `has the order [${permutation.join(', ')}] for ${x.shape.length} dimensions`,
  );
}

function concatenated(context: NodeContext, pieces: readonly Tensorial[], axisAsked: number): Tensorial {
  const first = pieces[0];
  if (first === undefined) throw context.wrong('E-GRAPHDEF-CONCAT', 'joins nothing');
  const axis = context.axis(axisAsked, first.shape.length);
  const fits = pieces.every(
    ({ shape, dtype }) =>
      dtype === first.dtype &&
      shape.length === first.shape.length &&
      shape.every((size, d) => d === axis || size === first.shape[d]),
  );
  if (!fits) {
    const shapes = pieces.map(({ shape, dtype }) => `${dtype}[${shape.join(', ')}]`).join(', ');
    throw context.wrong('E-GRAPHDEF-CONCAT', `joins ${shapes} along dimension ${axis}, which do not fit`);
  }
  const shape = first.shape.map((size, d) =>
    d === axis ? pieces.reduce((sum, piece) => sum + piece.shape[d]!, 0) : size,
  );
  const known = pieces.every(({ kind }) => kind === 'constant');
  if (!known) return pieces.length === 1 ? first : context.emit('concatenation', { axis }, pieces, shape);
  return joined(context, pieces as readonly Constant[], axis, shape);
}

function joined(context: NodeContext, pieces: readonly Constant[], axis: number, shape: Shape): Constant {
  context.spend(shape);
  const outer = shape.slice(0, axis).reduce((product, size) => product * size, 1);
  const rows = Array.from({ length: outer }, (_, row) =>
    pieces.flatMap(({ data }) =>
      Array.from<number | bigint>(data.slice((row * data.length) / outer, ((row + 1) * data.length) / outer) as never),
    ),
  ).flat();
  const data = pieces[0]!.data.slice(0, 0);
  const Kind = data.constructor as new (values: readonly (number | bigint)[]) => Constant['data'];
  return constant(context.name, pieces[0]!.dtype, shape, new Kind(rows));
}

function readPack(context: NodeContext): Tensorial {
  const pieces = context.tensors();
  const rank = (pieces[0]?.shape.length ?? 0) + 1;
  const axis = context.axis(context.number('axis', 0), rank);
  const wide = pieces.map((piece, i) =>
    reshaped(context, piece, [...piece.shape.slice(0, axis), 1, ...piece.shape.slice(axis)], `/piece_${i}`),
  );
  return concatenated(context, wide, axis);
}

function split(context: NodeContext, x: Tensorial, axis: number, sizes: readonly number[]): readonly Tensorial[] {
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (sum !== x.shape[axis] || !sizes.every((size) => Number.isInteger(size) && size > 0))
    throw context.wrong('E-GRAPHDEF-SPLIT', `splits ${x.shape[axis]} elements into [${sizes.join(', ')}]`);
  if (sizes.length === 1) return [x];
  const shapes = sizes.map((size) => x.shape.map((whole, d) => (d === axis ? size : whole)));
  if (x.kind === 'flowing') return context.emitAll('split', { axis, sizes }, [x], shapes);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((total, size) => total + size, 0));
  return shapes.map((size, i) =>
    cut(context, x, { begin: size.map((_, d) => (d === axis ? starts[i]! : 0)), size, strides: size.map(() => 1) }),
  );
}

function readUnpack(context: NodeContext): readonly Tensorial[] {
  const x = context.tensor(0);
  const axis = context.axis(context.number('axis', 0), x.shape.length);
  const shape = x.shape.filter((_, d) => d !== axis);
  return split(context, x, axis, new Array<number>(x.shape[axis]!).fill(1)).map((piece, i) =>
    reshaped(context, piece, shape, `/piece_${i}`),
  );
}

interface Cut {
  readonly begin: readonly number[];
  readonly size: readonly number[];
  readonly strides: readonly number[];
}

function cut(context: NodeContext, x: Tensorial, { begin, size, strides }: Cut): Tensorial {
  if (x.kind === 'flowing') {
    const isWhole = size.every((length, d) => length === x.shape[d] && strides[d] === 1);
    return isWhole ? x : context.emit('slice', { begin, size, strides }, [x], size, x.dtype);
  }
  const steps = stridesOf(x.shape);
  return pick(context, x, size, (index) =>
    index.reduce((flat, at, d) => flat + (begin[d]! + at * strides[d]!) * steps[d]!, 0),
  );
}

function readSlice(context: NodeContext): Tensorial {
  const x = context.tensor(0);
  const [begin, asked] = [context.integers(1), context.integers(2)];
  const size = asked.map((length, d) => (length === -1 ? (x.shape[d] ?? 0) - (begin[d] ?? 0) : length));
  const fits =
    begin.length === x.shape.length &&
    size.length === begin.length &&
    begin.every((first, d) => first >= 0 && size[d]! >= 0 && first + size[d]! <= x.shape[d]!);
  if (fits) return cut(context, x, { begin, size, strides: size.map(() => 1) });
  throw context.wrong(
    'E-GRAPHDEF-SLICE',
    `takes [${size.join(', ')}] at [${begin.join(', ')}] of [${x.shape.join(', ')}]`,
  );
}

function readStridedSlice(context: NodeContext): Tensorial {
  const x = context.tensor(0);
  const spec = resolveStridedSlice(context, x.shape);
  return reshaped(context, cut(context, x, spec), spec.shape, '/shape');
}

function readGather(context: NodeContext): Tensorial {
  const [x, indices] = [context.tensor(0), context.tensor(1)];
  const axis = context.axis(context.values.length > 2 ? context.integer(2) : 0, x.shape.length);
  const asked = context.number('batch_dims', 0);
  const batchDimensions = asked === 0 ? 0 : context.axis(asked, indices.shape.length + 1);
  const shape = [...x.shape.slice(0, axis), ...indices.shape.slice(batchDimensions), ...x.shape.slice(axis + 1)];
  const isList = x.kind === 'constant' && indices.kind === 'constant' && x.shape.length === 1;
  if (!isList) return context.emit('gather', { axis, batchDimensions }, [x, indices], shape, x.dtype);
  const found = Array.from(indices.data as Int32Array, (index) => context.axis(Number(index), x.shape[0]!));
  const steps = stridesOf(shape);
  return pick(context, x, shape, (index) => found[index.reduce((flat, at, d) => flat + at * steps[d]!, 0)]!);
}

function readTile(context: NodeContext): Tensorial {
  const x = context.tensor(0);
  const multiples = context.positive('multiples', context.integers(1), x.shape.length);
  const shape = x.shape.map((size, d) => size * multiples[d]!);
  return multiples.every((times) => times === 1) ? x : context.emit('tile', { multiples }, [x], shape);
}

function readPad(context: NodeContext): Tensorial {
  const x = context.tensor(0);
  const { before, after } = pairsOf(context, 1, x.shape.length);
  const shape = x.shape.map((size, d) => size + before[d]! + after[d]!);
  if (context.node.op === 'MirrorPad') {
    const mode = context.text('mode', 'REFLECT') === 'REFLECT' ? 'reflect' : 'symmetric';
    return context.emit('mirrorPad', { before, after, mode }, [x], shape);
  }
  if (x.dtype !== 'float32' && context.values.length < 3)
    throw context.unsupported('E-GRAPHDEF-PAD', `pads ${x.dtype}, expected float32`);
  const value = context.values.length > 2 ? context.tensor(2) : context.scalar('zero', 0);
  return context.emit('pad', { before, after }, [x, value], shape);
}

function readOneHot(context: NodeContext): Tensorial {
  const indices = context.tensor(0);
  const depth = context.integer(1);
  context.positive('depth', [depth]);
  const axis = context.axis(context.number('axis', -1), indices.shape.length + 1);
  const shape = [...indices.shape.slice(0, axis), depth, ...indices.shape.slice(axis)];
  return context.emit(
    'oneHot',
    { depth, axis },
    [indices, context.tensor(2), context.tensor(3)],
    shape,
    context.tensor(2).dtype,
  );
}

function readBroadcast(context: NodeContext): Tensorial {
  const shape = context.integers(1);
  context.checkShape(shape);
  return context.emit('broadcastTo', { shape }, [context.tensor(0)], shape);
}

function readGatherNd(context: NodeContext): Tensorial {
  const [x, indices] = [context.tensor(0), context.tensor(1)];
  const depth = indices.shape.at(-1) ?? 0;
  return context.emit('gatherNd', {}, [x, indices], [...indices.shape.slice(0, -1), ...x.shape.slice(depth)], x.dtype);
}

function readReverse(context: NodeContext): Tensorial {
  const x = context.tensor(0);
  const axes = context.integers(1).map((axis) => context.axis(axis, x.shape.length));
  return context.emit('reverse', { axes }, [x], x.shape);
}

function readSplit(context: NodeContext): readonly Tensorial[] {
  const x = context.tensor(1);
  const axis = context.axis(context.integer(0), x.shape.length);
  const count = context.number('num_split', 1);
  context.positive('number of pieces', [count]);
  if (count > x.shape[axis]!)
    throw context.wrong('E-GRAPHDEF-SPLIT', `splits ${x.shape[axis]} elements into ${count} pieces`);
  return split(context, x, axis, new Array<number>(count).fill(x.shape[axis]! / count));
}

function readSplitV(context: NodeContext): readonly Tensorial[] {
  const x = context.tensor(0);
  const axis = context.axis(context.integer(2), x.shape.length);
  const asked = context.integers(1);
  const given = asked.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return split(
    context,
    x,
    axis,
    asked.map((size) => (size === -1 ? x.shape[axis]! - given : size)),
  );
}

/** Operators that move elements. */
export const movementReaders: NodeReaders = {
  Transpose: one(readTranspose),
  ConcatV2: one((context) => {
    const last = context.values.length - 1;
    return concatenated(context, context.tensors().slice(0, -1), context.integer(last));
  }),
  Concat: one((context) => concatenated(context, context.tensors().slice(1), context.integer(0))),
  Pack: one(readPack),
  Unpack: readUnpack,
  Split: readSplit,
  SplitV: readSplitV,
  Slice: one(readSlice),
  StridedSlice: one(readStridedSlice),
  Gather: one(readGather),
  GatherV2: one(readGather),
  GatherNd: one(readGatherNd),
  Tile: one(readTile),
  Pad: one(readPad),
  PadV2: one(readPad),
  MirrorPad: one(readPad),
  BroadcastTo: one(readBroadcast),
  ReverseV2: one(readReverse),
  OneHot: one(readOneHot),
};

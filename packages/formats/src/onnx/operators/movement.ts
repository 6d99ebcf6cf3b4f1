import { allocate, type DType, elementCount, type Shape, type TensorData } from '@kiln/ir';
import { channelsFirstOrder, channelsLastOrder, permuted, rearranged } from '../arrange.js';
import type { Value } from '../graph-builder.js';
import type { NodeContext, NodeReader, NodeReaders } from '../node-context.js';

/** The same elements under another shape; of a constant no node is needed. */
export function reshaped(context: NodeContext, value: Value, shape: Shape, suffix = ''): Value {
  const { builder } = context;
  const x = builder.plain(value);
  if (elementCount(shape) !== elementCount(x.shape))
    throw context.wrong('E-ONNX-SHAPE', `makes [${shape.join(', ')}] of [${x.shape.join(', ')}]`);
  if (builder.data(x) !== null) {
    const alongAxis = (builder.tensor(x.id).quantization?.axis ?? null) !== null;
    const whole = alongAxis ? builder.float(x) : x;
    return { ...whole, shape, id: builder.copy(whole.id, { shape }) };
  }
  return context.emit('reshape', { shape }, [x], { shape, suffix });
}

/** 0 takes over the size, -1 is what is left. */
function readReshape(context: NodeContext): Value {
  const x = context.input();
  const asked = context.integers(1);
  const keepsZero = context.int('allowzero', 0) !== 0;
  const sizes = asked.map((size, i) => (size === 0 && !keepsZero ? (x.shape[i] ?? 0) : size));
  const given = sizes.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const shape = sizes.map((size) => (size === -1 ? elementCount(x.shape) / given : size));
  return reshaped(context, x, shape);
}

function readFlatten(context: NodeContext): Value {
  const { shape } = context.input();
  const asked = context.int('axis', 1);
  const axis = asked === shape.length ? asked : context.axis(asked, shape.length);
  return reshaped(context, context.input(), [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))]);
}

/** Before version 13 the axes were an attribute. */
function axesOf(context: NodeContext): readonly number[] | null {
  if (context.opset < 13) return context.ints('axes');
  return context.has(1) ? context.integers(1) : null;
}

function readSqueeze(context: NodeContext): Value {
  const { shape } = context.input();
  const axes = axesOf(context)?.map((axis) => context.axis(axis, shape.length));
  return reshaped(
    context,
    context.input(),
    shape.filter((size, i) => (axes === undefined ? size !== 1 : !axes.includes(i))),
  );
}

function readUnsqueeze(context: NodeContext): Value {
  const { shape } = context.input();
  const asked = axesOf(context) ?? [];
  const rank = shape.length + asked.length;
  if (rank > 8) throw context.wrong('E-ONNX-SHAPE', `makes ${rank} dimensions, expected at most 8`);
  const axes = asked.map((axis) => context.axis(axis, rank));
  const left = [...shape];
  return reshaped(
    context,
    context.input(),
    Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : (left.shift() ?? 1))),
  );
}

/** Between channels first and last no node is needed: the elements stay where they are. */
function readTranspose(context: NodeContext): Value {
  const { builder } = context;
  const x = context.input();
  const rank = x.shape.length;
  const order = context.ints('perm') ?? x.shape.map((_, i) => rank - 1 - i);
  if (order.length !== rank || [...order].sort((a, b) => a - b).some((axis, i) => axis !== i))
    throw context.wrong('E-ONNX-AXIS', `has perm [${order.join(', ')}] for ${rank} dimensions`);
  const shape = permuted(x.shape, order);
  const is = (other: readonly number[]): boolean => other.every((axis, i) => axis === order[i]);
  const { data, quantization } = builder.tensor(x.id);
  if (data === null && rank > 2 && x.layout === 'channelsLast' && is(channelsLastOrder(rank)))
    return { ...x, shape, layout: 'plain' };
  if (data === null && rank > 2 && x.layout === 'plain' && is(channelsFirstOrder(rank)))
    return { ...x, shape, layout: 'channelsLast' };
  const plain = builder.plain(x);
  if (data === null) return context.emit('transpose', { permutation: order }, [plain], { shape });
  const moved = rearranged(builder.data(plain)!, plain.shape, order);
  const axis = quantization?.axis ?? null;
  const along = axis === null ? quantization : { ...quantization!, axis: order.indexOf(axis) };
  return { ...plain, shape, id: builder.copy(plain.id, { shape, quantization: along, data: moved }) };
}

function readConcat(context: NodeContext): Value {
  const inputs = context.inputs();
  const [first] = inputs;
  if (first === undefined) throw context.wrong('E-ONNX-INPUT', 'has no inputs');
  const axis = context.axis(context.int('axis', 0), first.shape.length);
  const layout = inputs.some((value) => value.layout === 'channelsLast') ? 'channelsLast' : 'plain';
  const fits = inputs.every(
    ({ shape }) =>
      shape.length === first.shape.length && shape.every((size, i) => i === axis || size === first.shape[i]),
  );
  if (!fits)
    throw context.wrong('E-ONNX-SHAPE', `joins ${inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(', ')}`);
  const used = inputs.map((value) => context.builder.in(layout, value));
  const shape = first.shape.with(
    axis,
    inputs.reduce((sum, value) => sum + value.shape[axis]!, 0),
  );
  return context.emit('concatenation', { axis: context.stored(used[0]!, axis) }, used, { shape, layout });
}

function readSplit(context: NodeContext): readonly Value[] {
  const x = context.input();
  const axis = context.axis(context.int('axis', 0), x.shape.length);
  const asked = context.opset < 13 ? context.ints('split') : context.has(1) ? context.integers(1) : null;
  const count = context.node.outputs.length;
  const piece = Math.ceil(x.shape[axis]! / count);
  const equal = Array.from({ length: count }, (_, i) => Math.min(piece, x.shape[axis]! - i * piece));
  const sizes = asked ?? equal;
  if (sizes.length !== count || sizes.some((size) => size < 1) || sizes.reduce((a, b) => a + b, 0) !== x.shape[axis])
    throw context.wrong('E-ONNX-SPLIT', `splits ${x.shape[axis]} elements into [${sizes.join(', ')}]`);
  let begin = 0;
  return sizes.map((size, i) => {
    const part = context.storedList(
      x,
      x.shape.map((_, d) => (d === axis ? begin : 0)),
    );
    begin += size;
    const shape = x.shape.with(axis, size);
    const attributes = { begin: part, size: context.storedList(x, shape), strides: shape.map(() => 1) };
    return context.emit('slice', attributes, [x], { shape, layout: x.layout, suffix: `/${i}` });
  });
}

/** Before version 10 begin, end and axes were attributes. */
function readSlice(context: NodeContext): Value {
  const x = context.input();
  const rank = x.shape.length;
  const list = (i: number, name: string): readonly number[] | null => {
    if (context.opset < 10) return context.ints(name);
    return context.has(i) ? context.integers(i) : null;
  };
  const [starts, ends] = [list(1, 'starts') ?? [], list(2, 'ends') ?? []];
  const axes = (list(3, 'axes') ?? starts.map((_, i) => i)).map((axis) => context.axis(axis, rank));
  const steps = context.opset < 10 ? null : list(4, 'steps');
  const [begin, size, strides] = [x.shape.map(() => 0), [...x.shape], x.shape.map(() => 1)];
  if (ends.length !== starts.length || axes.length !== starts.length || (steps ?? starts).length !== starts.length)
    throw context.wrong('E-ONNX-SLICE', 'has lists of different lengths');
  axes.forEach((axis, i) => {
    const length = x.shape[axis]!;
    const stride = steps?.[i] ?? 1;
    if (stride === 0 || Math.abs(stride) > 2 ** 31) throw context.wrong('E-ONNX-SLICE', `has the step ${stride}`);
    const clamp = (index: number): number => {
      const from = index < 0 ? index + length : index;
      return stride > 0 ? Math.min(Math.max(from, 0), length) : Math.min(Math.max(from, -1), length - 1);
    };
    begin[axis] = clamp(starts[i]!);
    size[axis] = Math.max(0, Math.ceil((clamp(ends[i]!) - begin[axis]) / stride));
    strides[axis] = stride;
  });
  const [b, s, t] = [begin, size, strides].map((values) => context.storedList(x, values)) as [
    number[],
    number[],
    number[],
  ];
  return context.emit('slice', { begin: b, size: s, strides: t }, [x], { shape: size, layout: x.layout });
}

function readPad(context: NodeContext): Value {
  const x = context.input();
  const rank = x.shape.length;
  const pads = context.opset < 11 ? (context.ints('pads') ?? []) : context.integers(1);
  const axes = context.has(3) ? context.integers(3).map((axis) => context.axis(axis, rank)) : x.shape.map((_, i) => i);
  if (pads.length !== 2 * axes.length || !pads.every((pad) => pad >= 0 && pad <= 2 ** 20))
    throw context.unsupported(
      'E-ONNX-PADS',
      `has pads [${pads.join(', ')}], expected two of 0 or more for each dimension`,
    );
  const side = (offset: number): readonly number[] =>
    context.storedList(
      x,
      x.shape.map((_, i) => (axes.includes(i) ? pads[axes.indexOf(i) + offset]! : 0)),
    );
  const [before, after] = [side(0), side(axes.length)];
  const mode = context.text('mode', 'constant');
  const stored = context.builder.tensor(x.id).shape.map((size, i) => size + before[i]! + after[i]!);
  const shape = x.layout === 'plain' ? stored : permuted(stored, channelsFirstOrder(rank));
  const result = { shape, layout: x.layout };
  if (mode === 'reflect') return context.emit('mirrorPad', { before, after, mode }, [x], result);
  if (mode === 'edge' && [...before, ...after].every((pad) => pad <= 1))
    return context.emit('mirrorPad', { before, after, mode: 'symmetric' }, [x], result);
  if (mode !== 'constant') throw context.unsupported('E-ONNX-OPTION', `has mode ${mode}, expected constant or reflect`);
  const value = context.opset < 11 ? context.float('value', 0) : context.has(2) ? context.scalar(2) : 0;
  return context.emit('pad', { before, after }, [x, fill(context, context.dtype(x), x.real, value)], result);
}

/** One value of the type of what it is put around. */
function fill(context: NodeContext, dtype: DType, real: boolean, value: number): Value {
  if (real || dtype === 'float32') return context.floats('/value', [], [value]);
  const whole = Math.trunc(value);
  const data: TensorData =
    dtype === 'int64' ? BigInt64Array.of(BigInt(whole)) : allocate(dtype, 1).fill(whole as never);
  return context.builder.constant(`${context.name}/value`, [], dtype, data);
}

function blocks(op: 'spaceToDepth' | 'depthToSpace'): NodeReader {
  return (context) => {
    const x = context.builder.channelsLast(context.input());
    const blockSize = context.int('blocksize', 0);
    const [batch, channels = 0, height = 0, width = 0] = x.shape as [number, number, number, number];
    if (x.shape.length !== 4 || blockSize < 1) throw context.wrong('E-ONNX-ATTRIBUTE', `has blocks of ${blockSize}`);
    if (context.text('mode', 'DCR') !== 'DCR') throw context.unsupported('E-ONNX-OPTION', 'has mode CRD, expected DCR');
    const by = op === 'spaceToDepth' ? 1 / blockSize : blockSize;
    const shape = [batch, channels / by / by, height * by, width * by].map((size) => Math.round(size * 1e6) / 1e6);
    return context.emit(op, { blockSize }, [x], { shape, layout: 'channelsLast' });
  };
}

/** Operators that move elements. */
export const movementReaders: NodeReaders = {
  Reshape: readReshape,
  Flatten: readFlatten,
  Squeeze: readSqueeze,
  Unsqueeze: readUnsqueeze,
  Transpose: readTranspose,
  Concat: readConcat,
  Split: readSplit,
  Slice: readSlice,
  Pad: readPad,
  SpaceToDepth: blocks('spaceToDepth'),
  DepthToSpace: blocks('depthToSpace'),
  Tile: (context) => {
    const x = context.builder.plain(context.input());
    const multiples = context.integers(1);
    const shape = x.shape.map((size, i) => size * (multiples[i] ?? 0));
    return context.emit('tile', { multiples }, [x], { shape });
  },
  Expand: (context) => {
    const x = context.builder.plain(context.input());
    const asked = context.integers(1);
    const rank = Math.max(asked.length, x.shape.length);
    const sizes = [asked, x.shape].map((list) => [
      ...new Array<number>(Math.max(0, rank - list.length)).fill(1),
      ...list,
    ]);
    const shape = sizes[0]!.map((size, i) => (size === 1 ? sizes[1]![i]! : size));
    return context.emit('broadcastTo', { shape }, [x], { shape });
  },
  Identity: (context) => context.input(),
  Dropout: (context) => [context.input()],
};

import type { Tensor } from '@kiln/ir';
import type { GrowingGraph } from '../growing-graph.js';
import { isPicture, type Recipe, typeOf } from './recipe.js';

const reshape: Recipe = (g) => {
  const x = g.find(() => true);
  if (x === undefined) return false;
  const last = x.shape.at(-1) ?? 1;
  const shape = g.pick([[1, -1], [-1], [-1, last], [1, 1, -1, last], [...x.shape, 1]]);
  return g.node('reshape', { shape }, [x], [typeOf(x)]);
};

const transpose: Recipe = (g) => {
  const x = g.find(({ shape }) => shape.length > 1);
  if (x === undefined) return false;
  const rest = x.shape.map((_, d) => d);
  const permutation = x.shape.map(() => rest.splice(g.int(0, rest.length - 1), 1)[0]!);
  return g.node('transpose', { permutation }, [x], [typeOf(x)]);
};

const concatenation: Recipe = (g) => {
  const a = g.find(({ shape }) => shape.length > 0);
  if (a === undefined) return false;
  const axis = g.int(0, a.shape.length - 1);
  const fits = ({ dtype, shape, quantization }: Tensor): boolean =>
    dtype === a.dtype &&
    shape.length === a.shape.length &&
    shape.every((size, d) => d === axis || size === a.shape[d]) &&
    quantization?.scale[0] === a.quantization?.scale[0] &&
    quantization?.zeroPoint[0] === a.quantization?.zeroPoint[0];
  return g.node(
    'concatenation',
    { axis },
    [a, g.find(fits), ...(g.chance(0.5) ? [g.constant(a.shape, typeOf(a))] : [])],
    [typeOf(a)],
  );
};

const split: Recipe = (g) => {
  const x = g.find(({ shape }) => shape.some((size) => size > 1));
  if (x === undefined) return false;
  const axis = g.pick(x.shape.flatMap((size, d) => (size > 1 ? [d] : [])));
  const first = g.int(1, x.shape[axis]! - 1);
  return g.node('split', { axis, sizes: [first, x.shape[axis]! - first] }, [x], [typeOf(x), typeOf(x)]);
};

const slice: Recipe = (g) => {
  const x = g.find(({ shape }) => shape.length > 0);
  if (x === undefined) return false;
  const parts = x.shape.map((length) => {
    const stride = g.pick([1, 1, 2, -1]);
    const begin = g.int(0, length - 1);
    const reach = stride > 0 ? Math.ceil((length - begin) / stride) : begin + 1;
    return { begin, stride, size: g.int(1, reach) };
  });
  const attributes = {
    begin: parts.map(({ begin }) => begin),
    size: parts.map(({ size }) => size),
    strides: parts.map(({ stride }) => stride),
  };
  return g.node('slice', attributes, [x], [typeOf(x)]);
};

const gather: Recipe = (g) => {
  const x = g.find(({ shape }) => shape.length > 0);
  if (x === undefined) return false;
  const axis = g.int(0, x.shape.length - 1);
  const indices = g.find(({ dtype, shape }) => (dtype === 'int32' || dtype === 'int64') && shape.length < 3);
  const chosen = indices !== undefined && g.chance(0.5) ? indices : g.indices(g.shape(3), 0, x.shape[axis]! - 1);
  return g.node('gather', { axis, batchDimensions: 0 }, [x, chosen], [typeOf(x)]);
};

const gatherNd: Recipe = (g) => {
  const x = g.find(({ shape }) => shape.length > 0);
  if (x === undefined) return false;
  return g.node('gatherNd', {}, [x, g.indices([g.int(1, 3), 1], 0, x.shape[0]! - 1)], [typeOf(x)]);
};

const oneHot: Recipe = (g) => {
  const indices = g.find(({ dtype, shape }) => (dtype === 'int32' || dtype === 'int64') && shape.length < 3);
  if (indices === undefined) return false;
  const type = g.type(g.pick(['float32', 'int8', 'int32'] as const));
  const attributes = { depth: g.int(1, 5), axis: g.int(0, indices.shape.length) };
  return g.node('oneHot', attributes, [indices, g.constant([], type), g.constant([], type)], [type]);
};

function around(g: GrowingGraph, x: Tensor, most: number) {
  return { before: x.shape.map(() => g.int(0, most)), after: x.shape.map(() => g.int(0, most)) };
}

const pad: Recipe = (g) => {
  const x = g.find(({ shape }) => shape.length > 0);
  if (x === undefined) return false;
  return g.node('pad', around(g, x, 2), [x, g.constant([], typeOf(x))], [typeOf(x)]);
};

const mirrorPad: Recipe = (g) => {
  const x = g.find(({ shape }) => shape.length > 0);
  if (x === undefined) return false;
  return g.node('mirrorPad', { ...around(g, x, 1), mode: g.pick(['reflect', 'symmetric'] as const) }, [x], [typeOf(x)]);
};

const tile: Recipe = (g) => {
  const x = g.find(({ shape }) => shape.length > 0);
  return x !== undefined && g.node('tile', { multiples: x.shape.map(() => g.int(1, 2)) }, [x], [typeOf(x)]);
};

const broadcastTo: Recipe = (g) => {
  const x = g.find(() => true);
  if (x === undefined) return false;
  const shape = [g.int(1, 2), ...x.shape.map((size) => (size === 1 ? g.int(1, 3) : size))];
  return g.node('broadcastTo', { shape }, [x], [typeOf(x)]);
};

const reverse: Recipe = (g) => {
  const x = g.find(({ shape }) => shape.length > 0);
  if (x === undefined) return false;
  return g.node('reverse', { axes: [g.int(0, x.shape.length - 1)] }, [x], [typeOf(x)]);
};

const depths: Recipe = (g) => {
  const x = g.find(isPicture);
  if (x === undefined) return false;
  return g.node(g.pick(['spaceToDepth', 'depthToSpace'] as const), { blockSize: 2 }, [x], [typeOf(x)]);
};

const batches: Recipe = (g) => {
  const x = g.find(isPicture);
  if (x === undefined) return false;
  const op = g.pick(['spaceToBatch', 'batchToSpace'] as const);
  const block = [g.int(1, 2), g.int(1, 2)];
  const [before, after] = [
    [g.int(0, 1), 0],
    [g.int(0, 1), g.int(0, 1)],
  ];
  return g.node(op, { block, before, after }, [x], [typeOf(x)]);
};

const resize: Recipe = (g) => {
  const x = g.find(isPicture);
  if (x === undefined) return false;
  const alignCorners = g.chance(0.3);
  const attributes = {
    size: [g.int(1, 6), g.int(1, 6)] as const,
    alignCorners,
    halfPixelCenters: !alignCorners && g.chance(0.5),
  };
  return g.node(g.pick(['resizeBilinear', 'resizeNearest'] as const), attributes, [x], [typeOf(x)]);
};

const dynamicUpdateSlice: Recipe = (g) => {
  const x = g.find(({ shape }) => shape.length > 0);
  if (x === undefined) return false;
  const update = g.constant(
    x.shape.map((size) => g.int(1, size)),
    typeOf(x),
  );
  return g.node('dynamicUpdateSlice', {}, [x, update, g.indices([x.shape.length], -1, 3)], [typeOf(x)]);
};

export const movementRecipes: readonly Recipe[] = [
  reshape,
  transpose,
  concatenation,
  split,
  slice,
  gather,
  gatherNd,
  oneHot,
  pad,
  mirrorPad,
  tile,
  broadcastTo,
  reverse,
  depths,
  batches,
  resize,
  dynamicUpdateSlice,
];

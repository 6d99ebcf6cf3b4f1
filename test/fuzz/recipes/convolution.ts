import type { HeightWidth } from '@kiln/ir';
import type { GrowingGraph } from '../growing-graph.js';
import { ACTIVATIONS, isPicture, isWeighted, type Recipe, window } from './recipe.js';

/** Now and then the window that most networks have, which kernels of their own are written for. */
function usual(g: GrowingGraph, otherwise: () => WindowAttributes): WindowAttributes {
  const most = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1] } as const;
  return g.chance(0.4) ? most : otherwise();
}

interface WindowAttributes {
  readonly kernel: HeightWidth;
  readonly strides: HeightWidth;
  readonly dilations: HeightWidth;
}

function anyWindow(g: GrowingGraph): WindowAttributes {
  return { kernel: window(g), strides: window(g), dilations: g.chance(0.8) ? [1, 1] : window(g) };
}

/** The axis of the scales, now and then none. */
function axisOrNone(g: GrowingGraph, axis: number): number | null {
  return g.chance(0.7) ? axis : null;
}

const conv2d: Recipe = (g) => {
  const x = g.find((tensor) => isPicture(tensor) && isWeighted(tensor));
  if (x === undefined) return false;
  const channels = x.shape[3]!;
  const groups = g.chance(0.2) ? channels : 1;
  const filters = groups * g.int(1, 4);
  const { kernel, strides, dilations } = usual(g, () => anyWindow(g));
  const attributes = {
    strides,
    dilations,
    padding: g.pick(['same', 'valid'] as const),
    activation: g.pick(ACTIVATIONS),
  };
  const weights = g.weights([filters, ...kernel, channels / groups], x.dtype, axisOrNone(g, 0));
  return g.node('conv2d', attributes, [x, weights, g.bias(filters, x.dtype)], [g.type(x.dtype)]);
};

/** Of sizes and a window that kernels of instruction sets ask for. */
const usualLayer: Recipe = (g) => {
  if (g.chance(0.25)) {
    const [units, features] = [g.int(1, 8), g.int(4, 20)];
    const x = g.input([1, features], g.type('int8'));
    const weights = g.weights([units, features], 'int8', null);
    return g.node('dense', { activation: g.pick(ACTIVATIONS) }, [x, weights, g.bias(units, 'int8')], [g.type('int8')]);
  }
  const x = g.input([1, g.int(2, 7), g.int(2, 7), 4 * g.int(1, 2)], g.type('int8'));
  const [filters, channels] = [2 * g.int(1, 3), x.shape[3]!];
  const padding = g.pick(['same', 'same', 'valid'] as const);
  const attributes = { strides: [1, 1], dilations: [1, 1], padding, activation: g.pick(ACTIVATIONS) } as const;
  if (g.chance(0.4)) {
    const weights = g.weights([1, 3, 3, channels], 'int8', 3);
    return g.node('depthwiseConv2d', attributes, [x, weights, g.bias(channels, 'int8')], [g.type('int8')]);
  }
  const weights = g.weights([filters, 3, 3, channels], 'int8', null);
  return g.node('conv2d', attributes, [x, weights, g.bias(filters, 'int8')], [g.type('int8')]);
};

const depthwiseConv2d: Recipe = (g) => {
  const x = g.find((tensor) => isPicture(tensor) && isWeighted(tensor));
  if (x === undefined) return false;
  const filters = x.shape[3]! * g.int(1, 2);
  const { kernel, strides, dilations } = usual(g, () => anyWindow(g));
  const attributes = {
    strides,
    dilations,
    padding: g.pick(['same', 'valid'] as const),
    activation: g.pick(ACTIVATIONS),
  };
  const weights = g.weights([1, ...kernel, filters], x.dtype, axisOrNone(g, 3));
  return g.node('depthwiseConv2d', attributes, [x, weights, g.bias(filters, x.dtype)], [g.type(x.dtype)]);
};

const transposeConv2d: Recipe = (g) => {
  const x = g.find((tensor) => isPicture(tensor) && isWeighted(tensor));
  if (x === undefined) return false;
  const filters = g.int(1, 4);
  const strides = window(g);
  const size = [x.shape[1]! * strides[0], x.shape[2]! * strides[1]] as const;
  const attributes = { size, strides, padding: g.pick(['same', 'valid'] as const), activation: g.pick(ACTIVATIONS) };
  const weights = g.weights([filters, ...window(g), x.shape[3]!], x.dtype, axisOrNone(g, 0));
  return g.node('transposeConv2d', attributes, [x, weights, g.bias(filters, x.dtype)], [g.type(x.dtype)]);
};

const dense: Recipe = (g) => {
  const x = g.find((tensor) => tensor.shape.length === 2 && isWeighted(tensor));
  if (x === undefined) return false;
  const units = g.int(1, 8);
  const weights = g.weights([units, x.shape[1]!], x.dtype, axisOrNone(g, 0));
  const attributes = { activation: g.pick(ACTIVATIONS) };
  return g.node('dense', attributes, [x, weights, g.bias(units, x.dtype)], [g.type(x.dtype)]);
};

const batchMatMul: Recipe = (g) => {
  const a = g.find((tensor) => tensor.shape.length >= 2 && isWeighted(tensor));
  if (a === undefined) return false;
  const [transposeA, transposeB] = [g.chance(0.5), g.chance(0.5)];
  const depth = a.shape.at(transposeA ? -2 : -1)!;
  const columns = g.int(1, 5);
  const b =
    g.find(({ dtype, shape }) => dtype === a.dtype && shape.length >= 2 && shape.at(transposeB ? -1 : -2) === depth) ??
    g.constant(transposeB ? [columns, depth] : [depth, columns], g.type(a.dtype));
  return g.node('batchMatMul', { transposeA, transposeB }, [a, b], [g.type(a.dtype)]);
};

export const convolutionRecipes: readonly Recipe[] = [
  conv2d,
  usualLayer,
  depthwiseConv2d,
  transposeConv2d,
  dense,
  batchMatMul,
];

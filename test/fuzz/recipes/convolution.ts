import type { GrowingGraph } from '../growing-graph.js';
import { ACTIVATIONS, isPicture, isWeighted, type Recipe, window } from './recipe.js';

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
  const kernel = window(g);
  const attributes = {
    strides: window(g),
    dilations: g.chance(0.8) ? ([1, 1] as const) : window(g),
    padding: g.pick(['same', 'valid'] as const),
    activation: g.pick(ACTIVATIONS),
  };
  const weights = g.weights([filters, ...kernel, channels / groups], x.dtype, axisOrNone(g, 0));
  return g.node('conv2d', attributes, [x, weights, g.bias(filters, x.dtype)], [g.type(x.dtype)]);
};

const depthwiseConv2d: Recipe = (g) => {
  const x = g.find((tensor) => isPicture(tensor) && isWeighted(tensor));
  if (x === undefined) return false;
  const filters = x.shape[3]! * g.int(1, 2);
  const attributes = {
    strides: window(g),
    dilations: g.chance(0.8) ? ([1, 1] as const) : window(g),
    padding: g.pick(['same', 'valid'] as const),
    activation: g.pick(ACTIVATIONS),
  };
  const weights = g.weights([1, ...window(g), filters], x.dtype, axisOrNone(g, 3));
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

export const convolutionRecipes: readonly Recipe[] = [conv2d, depthwiseConv2d, transposeConv2d, dense, batchMatMul];

import { plainType } from '../../conformance/bench.js';
import { ACTIVATIONS, isPicture, type Recipe, typeOf, window } from './recipe.js';

function pooling(op: 'maxPool2d' | 'averagePool2d' | 'l2Pool2d'): Recipe {
  return (g) => {
    const x = g.find(isPicture);
    if (x === undefined) return false;
    const padding = g.pick(['same', 'valid'] as const);
    const attributes = { window: window(g), strides: window(g), padding, activation: g.pick(ACTIVATIONS) };
    return g.node(op, attributes, [x], [typeOf(x)]);
  };
}

function reduction(op: 'mean' | 'sum' | 'reduceMax' | 'reduceMin' | 'reduceProd' | 'reduceAll' | 'reduceAny'): Recipe {
  return (g) => {
    const x = g.find(({ shape, dtype }) => shape.length > 0 && (dtype === 'bool') === /All|Any/.test(op));
    if (x === undefined) return false;
    const axes = x.shape.map((_, d) => d).filter(() => g.chance(0.5));
    const requantized = op === 'mean' || op === 'sum' || op === 'reduceProd';
    const type = requantized && g.chance(0.5) ? g.type(x.dtype) : typeOf(x);
    return g.node(op, { axes, keepDimensions: g.chance(0.5) }, [x], [type]);
  };
}

function argument(op: 'argMax' | 'argMin'): Recipe {
  return (g) => {
    const x = g.find(({ shape }) => shape.length > 0);
    if (x === undefined) return false;
    return g.node(op, { axis: g.int(0, x.shape.length - 1) }, [x], [plainType(g.pick(['int32', 'int64'] as const))]);
  };
}

const cumSum: Recipe = (g) => {
  const x = g.find(({ shape }) => shape.length > 0);
  if (x === undefined) return false;
  const attributes = { axis: g.int(0, x.shape.length - 1), exclusive: g.chance(0.5), reverse: g.chance(0.5) };
  return g.node('cumSum', attributes, [x], [g.chance(0.5) ? g.type(x.dtype) : typeOf(x)]);
};

export const reductionRecipes: readonly Recipe[] = [
  ...(['maxPool2d', 'averagePool2d', 'l2Pool2d'] as const).map(pooling),
  ...(['mean', 'sum', 'reduceMax', 'reduceMin', 'reduceProd', 'reduceAll', 'reduceAny'] as const).map(reduction),
  argument('argMax'),
  argument('argMin'),
  cumSum,
];

import { CompileError, elementCount, type Shape, type TensorId } from '@kiln/ir';
import { z } from 'zod';
import type { LayerContext } from '../layer-context.js';
import type { Weight } from '../weight-source.js';
import { type Converter, withOptions } from './converter.js';

const NONE = { activation: 'none' } as const;

const batchNormalization = z.object({
  axis: z.union([z.int(), z.tuple([z.int()]).transform(([axis]) => axis)]).default(-1),
  epsilon: z.number().positive().default(1e-3),
  center: z.boolean().default(true),
  scale: z.boolean().default(true),
});

type Numbers = number | readonly Numbers[];
const numbers: z.ZodType<Numbers> = z.lazy(() => z.union([z.number(), z.array(numbers)]));

const normalization = z.object({
  axis: z.union([z.int(), z.array(z.int())]).nullish(),
  mean: numbers.nullish(),
  variance: numbers.nullish(),
  invert: z.literal(false).default(false),
});

/** Layers that shift and scale. */
export const NORMALIZATION_LAYERS: Readonly<Record<string, Converter>> = {
  /** y = x * gamma / sqrt(variance + epsilon) + (beta - mean * gamma / sqrt(variance + epsilon)) */
  BatchNormalization: withOptions(batchNormalization, (options, context) => {
    const { shape } = context;
    const axis = options.axis < 0 ? options.axis + shape.length : options.axis;
    const count = shape[axis] ?? 0;
    const wanted = [
      ...(options.scale ? ['gamma'] : []),
      ...(options.center ? ['beta'] : []),
      'moving_mean',
      'moving_variance',
    ];
    const found = context.weights(wanted.map((name) => [name, [count]]));
    const values = (name: string): Float32Array | undefined => found[wanted.indexOf(name)]?.data;
    const [gamma, beta, mean, variance] =
      wanted.length > 0 ? ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(values) : [];
    const scale = Float32Array.from(variance!, (value, i) => (gamma?.[i] ?? 1) / Math.sqrt(value + options.epsilon));
    const shift = Float32Array.from(scale, (value, i) => (beta?.[i] ?? 0) - mean![i]! * value);
    const along = axis === shape.length - 1 ? [count] : shape.map((size, i) => (i === axis ? size : 1));
    return scaleAndShift(context, along, scale, shift);
  }),
  /** y = (x - mean) / max(sqrt(variance), 1e-7) */
  Normalization: withOptions(normalization, (options, context) => {
    const { shape } = context;
    const wanted = options.axis ?? [];
    const axes = (typeof wanted === 'number' ? [wanted] : wanted).map((axis) =>
      axis < 0 ? axis + shape.length : axis,
    );
    const along = shape.map((size, axis) => (axes.includes(axis) ? size : 1));
    const [mean, variance] = meansOf(context, options, along).map((values) => whole(values, along)) as [
      number[],
      number[],
    ];
    const inverse = spread(
      variance.map((value) => 1 / Math.max(Math.sqrt(value), 1e-7)),
      along,
      shape,
    );
    return standardize(context, spread(mean, along, shape), inverse);
  }),
  /** y = x * scale + offset; of the network's input as (x - mean) * scale, which takes integers as they come. */
  Rescaling: withOptions(z.object({ scale: numbers, offset: numbers.default(0) }), ({ scale, offset }, context) => {
    const { shape } = context;
    const [factors, offsets] = [scale, offset].map((value) => spread(flatten(value), valueShape(value, shape), shape));
    // Without a factor there is no mean: y = offset.
    if (factors!.includes(0)) return shiftAndScale(context, factors!, offsets!);
    return standardize(
      context,
      offsets!.map((value, i) => -value / factors![i]!),
      factors!,
    );
  }),
  LayerNormalization: withOptions(
    batchNormalization.extend({ axis: batchNormalization.shape.axis }),
    (options, context) => {
      const { shape } = context;
      const last = shape.length - 1;
      if (options.axis !== -1 && options.axis !== last) {
        const message = `works along axis ${options.axis}, expected the last`;
        throw new CompileError('E-KERAS-AXIS', `layer '${context.name}'`, message, 'Normalise along the last axis');
      }
      const wanted = [...(options.scale ? ['gamma'] : []), ...(options.center ? ['beta'] : [])];
      const found = context.weights(wanted.map((name) => [name, [shape[last]!]]));
      const narrow = shape.with(last, 1);
      const reduce = { axes: [last], keepDimensions: true };
      const mean = context.node('mean', reduce, [context.input], narrow, '/mean');
      const centred = context.node('sub', NONE, [context.input, mean], shape, '/centred');
      const squares = context.node('square', {}, [centred], shape);
      const variance = context.node('mean', reduce, [squares], narrow, '/variance');
      const safe = context.node('add', NONE, [variance, context.scalar('epsilon', options.epsilon)], narrow, '/safe');
      const inverse = context.node('rsqrt', {}, [safe], narrow);
      let y = context.node('mul', NONE, [centred, inverse], shape, '');
      const channelwise = (name: string): TensorId =>
        context.constant(name, [shape[last]!], found[wanted.indexOf(name)]!.data);
      if (options.scale) y = context.node('mul', NONE, [y, channelwise('gamma')], shape, '/scale');
      if (options.center) y = context.node('add', NONE, [y, channelwise('beta')], shape, '/shift');
      return y;
    },
  ),
};

/** y = (x - mean) * factor, all of the input's shape: of the network's input one node, which takes integers as they come. */
function standardize(context: LayerContext, mean: Float64Array, factor: Float64Array): TensorId {
  if (!context.isInput)
    return shiftAndScale(
      context,
      factor,
      mean.map((value, i) => -value * factor[i]!),
    );
  const { shape } = context;
  const constants = [
    context.constant('mean', shape, Float32Array.from(mean)),
    context.constant('inverse_deviation', shape, Float32Array.from(factor)),
  ];
  return context.node('standardize', {}, [context.input, ...constants], shape);
}

/** y = x * factor + offset, all of the input's shape. */
function shiftAndScale(context: LayerContext, factor: Float64Array, offset: Float64Array): TensorId {
  const { shape } = context;
  const constants = [
    context.constant('scale', shape, Float32Array.from(factor)),
    context.constant('shift', shape, Float32Array.from(offset)),
  ];
  const scaled = context.node('mul', NONE, [context.input, constants[0]!], shape);
  return context.node('add', NONE, [scaled, constants[1]!], shape, '/shift');
}

function scaleAndShift(context: LayerContext, along: Shape, scale: Float32Array, shift: Float32Array): TensorId {
  const { shape } = context;
  if (scale.length !== elementCount(along) || shift.length !== scale.length) {
    const message = `has ${scale.length} factors and ${shift.length} offsets, expected ${elementCount(along)} of each`;
    throw new CompileError('E-KERAS-SCALE', `layer '${context.name}'`, message, 'Save the model again');
  }
  const scaled = context.node('mul', NONE, [context.input, context.constant('scale', along, scale)], shape);
  return context.node('add', NONE, [scaled, context.constant('shift', along, shift)], shape, '/shift');
}

/** In the options, or adapted and kept as weights: mean, variance and a count of what was seen. */
function meansOf(
  context: LayerContext,
  { mean, variance }: z.infer<typeof normalization>,
  along: Shape,
): [mean: readonly number[], variance: readonly number[]] {
  if (mean !== undefined && mean !== null && variance !== undefined && variance !== null)
    return [flatten(mean), flatten(variance)];
  const kept = along.filter((size, axis) => axis > 0 && size > 1);
  const weights = context.weights([
    ['mean', kept.length === 0 ? [] : kept],
    ['variance', kept.length === 0 ? [] : kept],
  ]);
  return weights.map(({ data }: Weight) => [...data]) as [number[], number[]];
}

/** The shape of numbers in lists in lists, brought to as many dimensions as the data have; broadcast as numpy does it. */
function valueShape(values: Numbers, shape: Shape): Shape {
  const own: number[] = [];
  for (let inner = values; typeof inner !== 'number'; inner = inner[0] ?? 0) own.push(inner.length);
  return [...new Array<number>(Math.max(0, shape.length - own.length)).fill(1), ...own];
}

/** One value stands for all. */
function whole(values: readonly number[], along: Shape): readonly number[] {
  return values.length === 1 ? new Array<number>(elementCount(along)).fill(values[0]!) : values;
}

function flatten(values: Numbers): number[] {
  return typeof values === 'number' ? [values] : values.flatMap(flatten);
}

/** Repeats values of shape `along` over `shape`, as numpy broadcasts. Errors: CompileError if they do not fit. */
function spread(values: readonly number[], along: Shape, shape: Shape): Float64Array {
  const fits = along.length === shape.length && along.every((size, axis) => size === 1 || size === shape[axis]);
  if (!fits || values.length !== elementCount(along)) {
    const message = `has ${values.length} values of shape [${along.join(', ')}] for data of shape [${shape.join(', ')}]`;
    throw new CompileError('E-KERAS-SCALE', 'layer Normalization or Rescaling', message, 'Save the model again');
  }
  return Float64Array.from({ length: elementCount(shape) }, (_, index) => {
    let [rest, source, stride] = [index, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const position = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      if (along[axis] === 1) continue;
      source += position * stride;
      stride *= along[axis]!;
    }
    return values[source]!;
  });
}

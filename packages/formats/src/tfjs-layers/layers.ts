import {
  CompileError,
  type Activation,
  type GraphEditor,
  type KilnError,
  NOT_INFERRED,
  type Shape,
  type TensorId,
  UnsupportedError,
} from '@kiln/ir';
import { z } from 'zod';
import { type LayerJson, pair } from './schema.js';
import type { Weight } from './weights.js';

/** What a layer's converter works with: it appends nodes that read `input` and answers with the id of its result. */
export interface LayerContext {
  readonly editor: GraphEditor;
  readonly name: string;
  readonly input: TensorId;
  /** The layer's weight by Keras's short name (`kernel`, `bias`), or null. */
  readonly weight: (short: string) => Weight | null;
}

type Converter = (config: unknown, context: LayerContext) => TensorId;

const activation = z.enum(['linear', 'relu', 'sigmoid', 'softmax', 'tanh']).default('linear');
const channelsLast = z.enum(['channelsLast', 'channels_last']).default('channels_last');
const padding = z.enum(['same', 'valid']).default('valid');

const conv2d = z.object({
  filters: z.int().positive(),
  kernel_size: pair,
  strides: pair.default([1, 1]),
  dilation_rate: pair.nullish().transform((value): [number, number] => value ?? [1, 1]),
  padding,
  data_format: channelsLast,
  activation,
  use_bias: z.boolean().default(true),
});
const maxPooling2d = z.object({ pool_size: pair, strides: pair.nullish(), padding, data_format: channelsLast });
const dense = z.object({ units: z.int().positive(), activation, use_bias: z.boolean().default(true) });
const relu = z.object({ max_value: z.null().optional(), threshold: z.literal(0).optional() });
const softmax = z.object({ axis: z.literal(-1).default(-1) });
const reshapeTo = z.object({ target_shape: z.array(z.int()) });

const passThrough: Converter = (_, context) => context.input;

/** Keras's layer classes. Those that do nothing at inference hand their input through. */
const CONVERTERS: Readonly<Record<string, Converter>> = {
  Conv2D: (config, context) => convertConv2d(conv2d.parse(config), context),
  MaxPooling2D: (config, context) => convertMaxPooling2d(maxPooling2d.parse(config), context),
  Dense: (config, context) => convertDense(dense.parse(config), context),
  Activation: (config, context) => activate(z.object({ activation }).parse(config).activation, context, ''),
  ReLU: (config, context) => {
    relu.parse(config);
    return activate('relu', context, '');
  },
  Softmax: (config, context) => {
    softmax.parse(config);
    return activate('softmax', context, '');
  },
  Flatten: (_, context) => addReshape([1, -1], context),
  Reshape: (config, context) => addReshape([1, ...reshapeTo.parse(config).target_shape], context),
  Dropout: passThrough,
  SpatialDropout2D: passThrough,
  GaussianNoise: passThrough,
};

/** Names of the layer classes that can be read, for messages and docs. */
export const supportedLayers: readonly string[] = Object.keys(CONVERTERS).sort();

/**
 * Appends the nodes of one layer. A layer class or an option that Kiln does not have is added to `errors`, and the
 * layer's input is returned in place of its result, so that the rest of the network can still be looked at.
 */
export function convertLayer(layer: LayerJson, context: LayerContext, errors: KilnError[]): TensorId {
  const convert = Object.hasOwn(CONVERTERS, layer.class_name) ? CONVERTERS[layer.class_name] : undefined;
  const where = `layer '${context.name}'`;
  if (convert === undefined) {
    const message = `has class ${layer.class_name}, expected one of ${supportedLayers.join(', ')}`;
    errors.push(new UnsupportedError('E-TFJS-LAYER', where, message, 'Build the network from these layers'));
    return context.input;
  }
  try {
    return convert(layer.config, context);
  } catch (error) {
    if (error instanceof z.ZodError) errors.push(...error.issues.map((issue) => optionError(layer, where, issue)));
    else if (error instanceof CompileError) errors.push(error);
    else throw error;
    return context.input;
  }
}

function optionError(layer: LayerJson, where: string, issue: z.core.$ZodIssue): KilnError {
  const found = issue.path.reduce<unknown>(
    (value, key) => (Object(value) as Record<PropertyKey, unknown>)[key],
    layer.config,
  );
  const message = `${layer.class_name} has ${issue.path.join('.')} = ${JSON.stringify(found)}: ${issue.message}`;
  return new UnsupportedError('E-TFJS-OPTION', where, message, 'Change this option of the layer');
}

function convertConv2d(config: z.infer<typeof conv2d>, context: LayerContext): TensorId {
  const { editor, name } = context;
  const kernel = weightOf('kernel', [...config.kernel_size, null, config.filters], context);
  const [height, width, channels] = kernel.shape as [number, number, number];
  const weights = editor.addTensor({
    ...float32(`${name}/weights`, [config.filters, height, width, channels]),
    data: lastAxisFirst(kernel.data, config.filters),
  });
  const output = editor.addTensor(float32(name, NOT_INFERRED));
  const attributes = { strides: config.strides, dilations: config.dilation_rate, padding: config.padding };
  const inputs = [context.input, weights, biasOf(config.use_bias, config.filters, context)];
  editor.addNode('conv2d', name, { ...attributes, activation: 'none' satisfies Activation }, inputs, [output]);
  return activate(config.activation, { ...context, input: output }, `/${config.activation}`);
}

function convertDense(config: z.infer<typeof dense>, context: LayerContext): TensorId {
  const { editor, name } = context;
  const kernel = weightOf('kernel', [null, config.units], context);
  const weights = editor.addTensor({
    ...float32(`${name}/weights`, [config.units, kernel.shape[0] ?? 0]),
    data: lastAxisFirst(kernel.data, config.units),
  });
  const output = editor.addTensor(float32(name, NOT_INFERRED));
  const inputs = [context.input, weights, biasOf(config.use_bias, config.units, context)];
  editor.addNode('dense', name, { activation: 'none' }, inputs, [output]);
  return activate(config.activation, { ...context, input: output }, `/${config.activation}`);
}

function convertMaxPooling2d(config: z.infer<typeof maxPooling2d>, context: LayerContext): TensorId {
  const output = context.editor.addTensor(float32(context.name, NOT_INFERRED));
  const strides = config.strides ?? config.pool_size;
  const attributes = { window: config.pool_size, strides, padding: config.padding, activation: 'none' } as const;
  context.editor.addNode('maxPool2d', context.name, attributes, [context.input], [output]);
  return output;
}

function activate(kind: z.infer<typeof activation>, context: LayerContext, suffix: string): TensorId {
  if (kind === 'linear') return context.input;
  const name = `${context.name}${suffix}`;
  const output = context.editor.addTensor(float32(name, NOT_INFERRED));
  if (kind === 'softmax') context.editor.addNode(kind, name, { beta: 1 }, [context.input], [output]);
  else context.editor.addNode(kind === 'sigmoid' ? 'logistic' : kind, name, {}, [context.input], [output]);
  return output;
}

function addReshape(shape: Shape, context: LayerContext): TensorId {
  const output = context.editor.addTensor(float32(context.name, NOT_INFERRED));
  context.editor.addNode('reshape', context.name, { shape }, [context.input], [output]);
  return output;
}

function biasOf(used: boolean, length: number, context: LayerContext): TensorId {
  const data = used ? weightOf('bias', [length], context).data : new Float32Array(length);
  return context.editor.addTensor({ ...float32(`${context.name}/bias`, [length]), data });
}

/** The layer's weight, with the shape that its options ask for; null stands for any size. */
function weightOf(short: string, expected: readonly (number | null)[], context: LayerContext): Weight {
  const weight = context.weight(short);
  const fits =
    weight !== null &&
    weight.shape.length === expected.length &&
    expected.every((size, i) => size === null || size === weight.shape[i]);
  if (weight !== null && fits) return weight;
  const found = weight === null ? 'no such weight' : `[${weight.shape.join(', ')}]`;
  const message = `expects a ${short} of shape [${expected.map((size) => size ?? 'any').join(', ')}], the file has ${found}`;
  throw new CompileError('E-TFJS-WEIGHT', `layer '${context.name}'`, message, 'Save the model again with its weights');
}

function float32(name: string, shape: Shape) {
  return { name, shape, dtype: 'float32' as const, quantization: null, data: null };
}

/** [..., n] -> [n, ...]: Keras keeps the output channel last, Kiln (like TensorFlow Lite) first. */
function lastAxisFirst(data: Float32Array, n: number): Float32Array {
  const rows = data.length / n;
  return Float32Array.from(data, (_, i) => data[(i % rows) * n + Math.floor(i / rows)] ?? 0);
}

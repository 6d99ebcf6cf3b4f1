import {
  CompileError,
  DataError,
  type Graph,
  GraphEditor,
  type KilnError,
  NOT_INFERRED,
  type TensorId,
  throwAll,
  UnsupportedError,
} from '@kiln/ir';
import { z } from 'zod';
import { convertLayer } from './layers.js';
import { type KilnMetadata, type LayerJson, modelJson, type ModelJson } from './schema.js';
import { readWeights, type Weight } from './weights.js';

/**
 * Reads a TensorFlow.js layers model: the text of its `model.json` and, by `readFile`, the weight files it names.
 *
 * The result is a float graph whose shapes are not inferred yet. A network that Kiln trained carries its scaler: then
 * the graph starts with `standardize` and takes raw pixels. All problems are thrown together.
 */
export function readTfjsLayers(text: string, where: string, readFile: (path: string) => Uint8Array): Graph {
  const json = parseModelJson(text, where);
  const errors: KilnError[] = [];
  const weights = readWeights(json.weightsManifest, readFile, errors);
  const topology = json.modelTopology;
  const kiln = json.userDefinedMetadata?.kiln ?? null;
  const { layers } = topology.config;
  const editor = GraphEditor.empty(topology.config.name ?? 'model', kiln?.classes ?? null);

  const results = new Map<string, TensorId>();
  let input: TensorId | null = null;
  let last: TensorId | null = null;
  layers.forEach((layer, index) => {
    const name = layer.name ?? z.string().catch(`layer_${index}`).parse(layer.config['name']);
    if (results.has(name)) {
      const message = 'has the name of a layer before it, so that their weights cannot be told apart';
      errors.push(new CompileError('E-TFJS-NAME', `layer '${name}'`, message, 'Give each layer a name of its own'));
    }
    if (input === null) {
      const shape = inputShape(layer, where);
      input = editor.addTensor({ name: 'input', shape, dtype: 'float32', quantization: null, data: null });
      last = input;
      if (kiln?.input !== undefined && kiln.scaler !== undefined) {
        [input, last] = prependScaler(editor, input, { input: kiln.input, scaler: kiln.scaler }, where);
      }
    }
    const from = inboundOf(layer, name, results, errors) ?? last ?? input;
    const weight = (short: string): Weight | null => findWeight(weights, name, short);
    last =
      layer.class_name === 'InputLayer' ? from : convertLayer(layer, { editor, name, input: from, weight }, errors);
    results.set(name, last);
  });
  errors.push(...interfaceErrors(topology.config, results, last, where));
  if (input === null || last === null) {
    errors.push(new CompileError('E-TFJS-EMPTY', where, 'the network has no layers', 'Save a network with layers'));
  }
  // Weights that could not be read are missing everywhere: that is no news.
  const unread = errors.some(({ code }) => code === 'E-TFJS-WEIGHT-BYTES' || code === 'E-TFJS-WEIGHT-DTYPE');
  throwAll(errors.filter(({ code }) => !unread || code !== 'E-TFJS-WEIGHT'));
  return editor.finish({ inputs: [input as unknown as TensorId], outputs: [last as unknown as TensorId] });
}

/** A functional model may have several inputs and outputs, and its output need not be its last layer: not yet. */
function interfaceErrors(
  { layers, output_layers }: ModelJson['modelTopology']['config'],
  results: ReadonlyMap<string, TensorId>,
  last: TensorId | null,
  where: string,
): KilnError[] {
  const inputs = layers.filter((layer) => layer.class_name === 'InputLayer').length;
  const outputs = z
    .array(z.tuple([z.string()], z.unknown()))
    .catch([])
    .parse(output_layers)
    .map(([name]) => name);
  const remedy = 'Build a network that is one chain of layers';
  const errors: KilnError[] = [];
  if (inputs > 1) {
    errors.push(new UnsupportedError('E-TFJS-INPUTS', where, `the network has ${inputs} inputs, expected one`, remedy));
  }
  if (outputs.length > 1 || (outputs[0] !== undefined && results.get(outputs[0]) !== last)) {
    const message = `the network's outputs are ${outputs.join(', ')}, expected its last layer alone`;
    errors.push(new UnsupportedError('E-TFJS-OUTPUTS', where, message, remedy));
  }
  return errors;
}

function parseModelJson(text: string, where: string): ModelJson {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new DataError('E-TFJS-JSON', where, `is not JSON: ${(error as Error).message}`, 'Save the model again');
  }
  const parsed = modelJson.safeParse(json);
  if (parsed.success) return parsed.data;
  const graphModel = typeof json === 'object' && json !== null && 'format' in json && json.format === 'graph-model';
  if (graphModel) {
    const message = 'is a TensorFlow.js graph model, expected a layers model';
    throw new UnsupportedError('E-TFJS-GRAPH-MODEL', where, message, 'Save it with model.save() from a tf.LayersModel');
  }
  const found = parsed.error.issues
    .map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`)
    .join('; ');
  const message = `is not a TensorFlow.js layers model: ${found.replaceAll('received undefined', 'found nothing')}`;
  throw new DataError('E-TFJS-FORMAT', where, message, 'Save the model with model.save() of TensorFlow.js');
}

/** The shape of the network's input from its first layer, with a batch of 1. */
function inputShape(layer: LayerJson, where: string): readonly number[] {
  const found = layer.config['batch_input_shape'] ?? layer.config['batchInputShape'] ?? layer.config['batch_shape'];
  const sizes = z.array(z.int().positive().nullable()).min(2).safeParse(found);
  if (sizes.success && !sizes.data.slice(1).includes(null)) return [1, ...(sizes.data.slice(1) as number[])];
  const message = `the first layer's input shape is ${JSON.stringify(found)}, expected fixed sizes`;
  throw new CompileError('E-TFJS-INPUT-SHAPE', where, message, 'Give the first layer an inputShape');
}

/** Puts `standardize` before the network; answers with the raw input and the network's own. */
function prependScaler(
  editor: GraphEditor,
  network: TensorId,
  kiln: { readonly input: NonNullable<KilnMetadata['input']>; readonly scaler: NonNullable<KilnMetadata['scaler']> },
  where: string,
): [TensorId, TensorId] {
  const { mean, standardDeviation } = kiln.scaler;
  const shape = [1, ...kiln.input.shape];
  const count = kiln.input.shape.reduce((product, size) => product * size, 1);
  const sound = mean.length === count && standardDeviation.length === count && standardDeviation.every((s) => s > 0);
  if (!sound) {
    const message = `the scaler has ${mean.length} means and ${standardDeviation.length} deviations, expected ${count} of each, deviations above 0`;
    throw new CompileError(
      'E-TFJS-SCALER',
      where,
      message,
      'Train again, or mend userDefinedMetadata.kiln in model.json',
    );
  }
  const constant = (name: string, data: Float32Array): TensorId =>
    editor.addTensor({ name, shape, dtype: 'float32', quantization: null, data });
  const raw = { name: kiln.input.name, shape, dtype: kiln.input.dtype, quantization: null, data: null };
  const pixels = editor.addTensor(raw);
  const inputs = [
    pixels,
    constant('scaler/mean', Float32Array.from(mean)),
    constant(
      'scaler/inverse_deviation',
      Float32Array.from(standardDeviation, (s) => 1 / s),
    ),
  ];
  editor.replaceTensor(network, { name: 'scaler', shape: NOT_INFERRED });
  editor.addNode('standardize', 'scaler', {}, inputs, [network]);
  return [pixels, network];
}

/** The tensor that a functional model's layer reads; null in a sequential model, where it is the layer before. */
function inboundOf(
  layer: LayerJson,
  name: string,
  results: ReadonlyMap<string, TensorId>,
  errors: KilnError[],
): TensorId | null {
  const calls = layer.inbound_nodes ?? [];
  if (calls.length === 0) return null;
  const sources = calls[0] ?? [];
  if (calls.length > 1 || sources.length !== 1) {
    const message = `is called ${calls.length} times with ${sources.length} inputs, expected once with one`;
    errors.push(
      new UnsupportedError('E-TFJS-INBOUND', `layer '${name}'`, message, 'Build a network of single-input layers'),
    );
    return null;
  }
  const source = sources[0]?.[0] ?? '';
  const found = results.get(source);
  if (found === undefined) {
    const message = `reads layer '${source}', which does not stand before it`;
    errors.push(new CompileError('E-TFJS-ORDER', `layer '${name}'`, message, 'Save the model again'));
  }
  return found ?? null;
}

/** tfjs names weights `conv_1/kernel`, converted Keras models also `conv_1/conv_1/kernel:0`. */
function findWeight(weights: ReadonlyMap<string, Weight>, layer: string, short: string): Weight | null {
  const exact = weights.get(`${layer}/${short}`);
  if (exact !== undefined) return exact;
  for (const [name, weight] of weights) {
    const plain = name.replace(/:0$/, '');
    if (plain.startsWith(`${layer}/`) && plain.endsWith(`/${short}`)) return weight;
  }
  return null;
}

import { DataError } from '@kiln/ir';
import { z } from 'zod';
import { modernLayer } from './first-version.js';

/** One of the tensors that a layer gave out. */
export interface TensorRef {
  readonly layer: string;
  /** Which of the layer's calls: a shared layer has several. */
  readonly call: number;
  readonly output: number;
}

export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** What each call of the layer reads. */
  readonly calls: readonly (readonly TensorRef[])[];
  /** Of a network that is a layer of another. */
  readonly network: KerasNetwork | null;
}

/** A network as Keras describes it, whatever the version that wrote it. */
export interface KerasNetwork {
  readonly name: string;
  readonly layers: readonly KerasLayer[];
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
}

/** Networks in networks: more is a loop or an attack. */
const DEEPEST = 16;

const NETWORK_CLASSES = new Set(['Sequential', 'Functional', 'Model']);

const jsonLayer = z.object({
  class_name: z.string(),
  name: z.string().optional(),
  config: z.unknown(),
  inbound_nodes: z.array(z.unknown()).optional(),
});
type JsonLayer = z.infer<typeof jsonLayer>;

const jsonNetwork = z.object({
  class_name: z.string(),
  config: z.union([
    z
      .array(jsonLayer)
      .transform((layers) => ({ name: undefined, layers, input_layers: undefined, output_layers: undefined })),
    z.object({
      name: z.string().optional(),
      layers: z.array(jsonLayer),
      input_layers: z.unknown().optional(),
      output_layers: z.unknown().optional(),
    }),
  ]),
});

/**
 * Brings Keras's description of a network, `model_config`, into one form: that of Keras 1, 2 or 3, `Sequential` or
 * functional, with networks as layers.
 *
 * Errors: DataError E-KERAS-CONFIG with the place where the description is not as expected.
 */
export function parseNetwork(json: unknown, where: string, depth = 0): KerasNetwork {
  if (depth > DEEPEST) throw configError(where, `networks stand in each other more than ${DEEPEST} deep`);
  const parsed = jsonNetwork.safeParse(json);
  if (!parsed.success) {
    const found = parsed.error.issues
      .map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`)
      .join('; ');
    throw configError(where, `is not the description of a Keras network: ${found}`);
  }
  const { class_name, config } = parsed.data;
  const name = config.name ?? 'model';
  const layers = config.layers.map((layer, index) => parseLayer(layer, index, where, depth));
  if (class_name === 'Sequential') return chainOf(name, layers);
  return {
    name,
    layers,
    inputs: refs(config.input_layers, where, 'input_layers'),
    outputs: refs(config.output_layers, where, 'output_layers'),
  };
}

function parseLayer(layer: JsonLayer, index: number, where: string, depth: number): KerasLayer {
  const config = z.record(z.string(), z.unknown()).catch({}).parse(layer.config);
  const name = layer.name ?? z.string().catch(`layer_${index}`).parse(config['name']);
  const calls = (layer.inbound_nodes ?? []).map((call) => parseCall(call, `${where}, layer '${name}'`));
  const network = NETWORK_CLASSES.has(layer.class_name)
    ? parseNetwork({ class_name: layer.class_name, config: layer.config }, `${where}, layer '${name}'`, depth + 1)
    : null;
  return { ...modernLayer(layer.class_name, config), name, calls, network };
}

/** Layers in a row; an input layer is put before them where there is none. */
function chainOf(name: string, layers: readonly KerasLayer[]): KerasNetwork {
  const first = layers[0];
  const shape = first === undefined ? undefined : inputShapeOf(first.config);
  const hasInput = first?.className === 'InputLayer';
  const input: KerasLayer = {
    className: 'InputLayer',
    name: 'input',
    config: { batch_shape: shape },
    calls: [],
    network: null,
  };
  const all = hasInput || first === undefined ? layers : [input, ...layers];
  const ref = (layer: KerasLayer): TensorRef => ({ layer: layer.name, call: 0, output: 0 });
  const chained = all.map((layer, i) => (i === 0 ? layer : { ...layer, calls: [[ref(all[i - 1]!)]] }));
  const last = chained.at(-1);
  return {
    name,
    layers: chained,
    inputs: chained[0] === undefined ? [] : [ref(chained[0])],
    outputs: last === undefined ? [] : [ref(last)],
  };
}

/** The shape under any of its names; of a network that is the first layer, that of its own first. */
export function inputShapeOf(config: Readonly<Record<string, unknown>>): unknown {
  const own = config['batch_shape'] ?? config['batch_input_shape'] ?? config['batchInputShape'];
  if (own !== undefined) return own;
  const layers = z.array(z.object({ config: z.record(z.string(), z.unknown()) })).safeParse(config['layers']);
  return layers.success && layers.data[0] !== undefined ? inputShapeOf(layers.data[0].config) : undefined;
}

/** Keras 3: `{args, kwargs}` with `__keras_tensor__` in them; before: `[name, call, output, kwargs]` for each input. */
function parseCall(call: unknown, where: string): TensorRef[] {
  const found: TensorRef[] = [];
  const old = z.array(z.tuple([z.string(), z.int(), z.int()], z.unknown())).safeParse(call);
  if (old.success) return old.data.map(([layer, index, output]) => ({ layer, call: index, output }));
  const modern = z.object({ args: z.array(z.unknown()) }).safeParse(call);
  if (!modern.success)
    throw configError(where, `a call is ${shorten(call)}, expected [[layer, call, output], ...] or args`);
  collectTensors(modern.data.args, found, 0);
  return found;
}

const kerasTensor = z.object({
  class_name: z.literal('__keras_tensor__'),
  config: z.object({ keras_history: z.tuple([z.string(), z.int(), z.int()]) }),
});

function collectTensors(value: unknown, found: TensorRef[], depth: number): void {
  const tensor = kerasTensor.safeParse(value);
  if (tensor.success) {
    const [layer, call, output] = tensor.data.config.keras_history;
    found.push({ layer, call, output });
  } else if (Array.isArray(value) && depth < DEEPEST) value.forEach((item) => collectTensors(item, found, depth + 1));
}

/** One `[layer, call, output]` or a list of them. */
function refs(value: unknown, where: string, what: string): TensorRef[] {
  const one = z.tuple([z.string(), z.int(), z.int()]);
  const parsed = z.union([one.transform((ref) => [ref]), z.array(one)]).safeParse(value);
  if (!parsed.success) throw configError(where, `${what} is ${shorten(value)}, expected [layer, call, output]`);
  return parsed.data.map(([layer, call, output]) => ({ layer, call, output }));
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

function configError(where: string, found: string): DataError {
  return new DataError('E-KERAS-CONFIG', where, found, 'Save the model again');
}

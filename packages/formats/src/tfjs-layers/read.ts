import { CompileError, DataError, type Graph, type KilnError, type TensorId, throwAll } from '@kiln/ir';
import { buildGraph, type Preamble } from '../keras/build-graph.js';
import { parseNetwork } from '../keras/network.js';
import { weightsByName } from '../keras/weights-by-name.js';
import { type KilnMetadata, modelJson, type ModelJson } from './schema.js';
import { readWeights } from './weights.js';

/**
 * Reads a TensorFlow.js layers model: the text of its `model.json` and, by `readFile`, the weight files it names.
 *
 * The result is a float graph. A network that Kiln trained carries its scaler: then the graph starts with `standardize` and
 * takes raw pixels. All problems are thrown together.
 */
export function readTfjsLayers(text: string, where: string, readFile: (path: string) => Uint8Array): Graph {
  const json = parseModelJson(text, where);
  const errors: KilnError[] = [];
  const weights = readWeights(json.weightsManifest, readFile, errors);
  // Weights that could not be read are missing everywhere: that is no news.
  throwAll(errors.filter(({ code }) => code !== 'E-TFJS-WEIGHT-VALUE'));
  const kiln = json.userDefinedMetadata?.kiln ?? null;
  const network = parseNetwork(json.modelTopology, where);
  checkNames(network.layers.map(({ name }) => name));
  const model = { network, weights: weightsByName(weights), classes: kiln?.classes ?? null, where };
  const { input, scaler } = kiln ?? {};
  const graph = buildGraph(
    model,
    input === undefined || scaler === undefined ? null : scalerBefore(input, scaler, where),
  );
  throwAll(errors);
  return graph;
}

/** Weights are found by the names of their layers. */
function checkNames(names: readonly string[]): void {
  const twice = new Set(names.filter((name, i) => names.indexOf(name) < i));
  const message = 'has the name of a layer before it, so that their weights cannot be told apart';
  throwAll(
    [...twice].map(
      (name) => new CompileError('E-TFJS-NAME', `layer '${name}'`, message, 'Give each layer a name of its own'),
    ),
  );
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
  const found = (parsed.error?.issues ?? [])
    .map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`)
    .join('; ');
  const message = `is not a TensorFlow.js layers model: ${found.replaceAll('received undefined', 'found nothing')}`;
  throw new DataError('E-TFJS-FORMAT', where, message, 'Save the model with model.save() of TensorFlow.js');
}

/** Puts `standardize` before the network, which then takes raw values. */
function scalerBefore(
  input: NonNullable<KilnMetadata['input']>,
  { mean, standardDeviation }: NonNullable<KilnMetadata['scaler']>,
  where: string,
): Preamble {
  const shape = [1, ...input.shape];
  const count = input.shape.reduce((product, size) => product * size, 1);
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
  return (editor, network) => {
    const constant = (name: string, data: Float32Array): TensorId =>
      editor.addTensor({ name, shape, dtype: 'float32', quantization: null, data });
    const raw = editor.addTensor({ name: input.name, shape, dtype: input.dtype, quantization: null, data: null });
    const inputs = [
      raw,
      constant('scaler/mean', Float32Array.from(mean)),
      constant(
        'scaler/inverse_deviation',
        Float32Array.from(standardDeviation, (s) => 1 / s),
      ),
    ];
    editor.replaceTensor(network, { name: 'scaler' });
    editor.addNode('standardize', 'scaler', {}, inputs, [network]);
    return { input: raw, network };
  };
}

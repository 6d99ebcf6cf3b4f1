import type { Graph } from '@kiln/ir';
import { zipSync } from 'fflate';
import type { ModelWriter } from '../../model-writer.js';
import { snakeCase } from '../snake-case.js';
import { type Hdf5Group, writeHdf5 } from './hdf5-file.js';
import { isChain, openBatch, type WrittenLayer, type WrittenNetwork } from './layer-list.js';
import { networkOf } from './network-of.js';

/** The oldest version of Keras that reads what is written here. */
const KERAS_VERSION = '3.0.0';
/** The first day that a zip archive knows: the same network gives the same bytes. */
const DAY = new Date(1980, 0, 1);

/**
 * The .keras archive of Keras 3.
 *
 * Source: keras/src/saving/saving_lib.py and keras/src/models/functional.py of Keras 3.
 */
export const kerasArchive: ModelWriter = {
  format: 'keras',
  summary: 'a Keras 3 model, the .keras archive',
  kind: 'file',
  numbers: 'float',
  async write(graph: Graph) {
    const network = networkOf(graph);
    const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
    const contents = zipSync(
      {
        'metadata.json': text({ keras_version: KERAS_VERSION, date_saved: '1980-01-01@00:00:00' }),
        'config.json': text(thirdVersionConfig(network)),
        'model.weights.h5': await writeHdf5(weightGroups(network)),
      },
      { mtime: DAY, level: 0 },
    );
    return [{ path: '', contents }];
  },
};

function thirdVersionConfig(network: WrittenNetwork): object {
  const { name, layers, inputs, outputs } = network;
  if (isChain(network)) {
    const config = { name, trainable: true, layers: layers.map((layer) => layerConfig(layer, network)) };
    return { module: 'keras', class_name: 'Sequential', config, registered_name: null };
  }
  const refs = (names: readonly string[]) => names.map((ref) => [ref, 0, 0]);
  const nodes = layers.map((layer) => ({
    ...layerConfig(layer, network),
    name: layer.name,
    inbound_nodes: layer.inputs.length === 0 ? [] : [callOf(layer, network)],
  }));
  const config = { name, trainable: true, layers: nodes, input_layers: refs(inputs), output_layers: refs(outputs) };
  return { module: 'keras', class_name: 'Functional', config, registered_name: 'Functional' };
}

function layerConfig({ className, name, config, inputs, output }: WrittenLayer, network: WrittenNetwork): object {
  const base = { module: 'keras.layers', class_name: className, registered_name: null };
  if (className === 'InputLayer') {
    const { shape, dtype } = output;
    return { ...base, config: { batch_shape: openBatch(shape), dtype, sparse: false, name } };
  }
  const shapes = inputs.map((input) => openBatch(layerNamed(network, input).output.shape));
  const { alpha, ...others } = config;
  const renamed = className === 'LeakyReLU' ? { ...others, negative_slope: alpha } : config;
  return {
    ...base,
    config: { name, trainable: true, ...renamed },
    build_config: { input_shape: shapes.length === 1 ? shapes[0] : shapes },
  };
}

/** One tensor for a layer of one input, a list for a layer that merges. */
function callOf({ inputs }: WrittenLayer, network: WrittenNetwork): object {
  const tensors = inputs.map((input) => {
    const { shape, dtype } = layerNamed(network, input).output;
    return { class_name: '__keras_tensor__', config: { shape: openBatch(shape), dtype, keras_history: [input, 0, 0] } };
  });
  return { args: tensors.length === 1 ? tensors : [tensors], kwargs: {} };
}

function layerNamed({ layers }: WrittenNetwork, name: string): WrittenLayer {
  return layers.find((layer) => layer.name === name)!;
}

/** A group for each layer, called after its class and numbered, with its weights in Keras's order. */
function weightGroups({ name, layers }: WrittenNetwork): Hdf5Group {
  const used = new Map<string, number>();
  const groups = layers.map((layer): [string, Hdf5Group] => {
    const base = snakeCase(layer.className);
    const number = used.get(base) ?? 0;
    used.set(base, number + 1);
    const arrays = Object.fromEntries(layer.weights.map((weight, i) => [String(i), weight]));
    const vars = { attributes: { name: layer.name }, arrays };
    return [number === 0 ? base : `${base}_${number}`, { groups: { vars } }];
  });
  return { groups: { layers: { groups: Object.fromEntries(groups) }, vars: { attributes: { name } } } };
}

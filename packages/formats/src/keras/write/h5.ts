import type { Graph } from '@kiln/ir';
import type { ModelWriter } from '../../model-writer.js';
import { writeHdf5 } from './hdf5-file.js';
import type { WrittenLayer } from './layer-list.js';
import { networkOf } from './network-of.js';
import { SECOND_VERSION, secondVersionConfig } from './second-version-config.js';

const VERSIONS = { backend: 'tensorflow', keras_version: SECOND_VERSION };

/**
 * The notebook's export: a whole Keras model as HDF5, architecture and coefficients, which Keras 2 and 3 load.
 *
 * Source: keras/src/legacy/saving/legacy_h5_format.py of Keras 3.
 */
export const h5: ModelWriter = {
  format: 'h5',
  summary: 'a Keras model as HDF5, architecture and weights (Keras 2 and 3)',
  kind: 'file',
  numbers: 'float',
  async write(graph: Graph) {
    const network = networkOf(graph);
    const { layers } = network;
    const contents = await writeHdf5({
      attributes: { ...VERSIONS, model_config: JSON.stringify(secondVersionConfig(network)) },
      groups: {
        model_weights: {
          attributes: { ...VERSIONS, layer_names: layers.map(({ name }) => name) },
          groups: Object.fromEntries(layers.map((layer) => [layer.name, weightGroup(layer)])),
        },
      },
    });
    return [{ path: '', contents }];
  },
};

function weightGroup({ name, weights }: WrittenLayer) {
  if (weights.length === 0) return {};
  const arrays = Object.fromEntries(weights.map((weight) => [`${weight.name}:0`, weight]));
  return {
    attributes: { weight_names: weights.map((weight) => `${name}/${weight.name}:0`) },
    groups: { [name]: { arrays } },
  };
}

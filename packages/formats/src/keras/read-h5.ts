import { DataError, type Graph } from '@kiln/ir';
import { buildGraph } from './build-graph.js';
import { groupAt, itemAt, readHdf5, textsOf, weightAt } from './hdf5.js';
import { parseNetwork } from './network.js';
import { parseJson } from './parse-json.js';
import type { Weight } from './weight-source.js';
import { weightsByName } from './weights-by-name.js';

/**
 * Reads a whole Keras model from its legacy HDF5 file, of Keras 1 to 3: the architecture in the attribute `model_config`, the
 * weights in the group `model_weights`, a group for each layer.
 *
 * Source: keras/src/legacy/saving/legacy_h5_format.py of Keras 3.
 */
export function readKerasH5(bytes: Uint8Array, where: string): Graph {
  return readHdf5(bytes, where, (file) => {
    const config = file.attrs['model_config'];
    if (typeof config !== 'string') {
      const message = 'has no attribute model_config, expected a whole model and not its weights alone';
      throw new DataError('E-KERAS-H5', where, message, 'Save it with model.save(), not model.save_weights()');
    }
    const network = parseNetwork(parseJson(config.replace(/\0+$/, ''), where, 'model_config'), where);
    const group = groupAt(file, 'model_weights', where);
    const weights = new Map<string, Weight>();
    for (const layer of textsOf(group.attrs, 'layer_names') ?? group.keys) {
      const own = groupAt(group, layer, where);
      for (const name of textsOf(own.attrs, 'weight_names') ?? []) {
        // How many samples a Normalization layer has seen is an integer, and of no use here.
        const isCount = /\/count(:\d+)?$/.test(name);
        const weight = isCount || itemAt(own, name) === null ? null : weightAt(own, name, where);
        if (weight !== null) weights.set(`${layer}/${name}`, weight);
      }
    }
    return buildGraph({ network, weights: weightsByName(weights), classes: null, where });
  });
}

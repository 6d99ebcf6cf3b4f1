import type { Graph, Tensor } from '@kiln/ir';
import type { ModelWriter } from '../../model-writer.js';
import { networkOf } from './network-of.js';
import { secondVersionConfig } from './second-version-config.js';
import type { WrittenLayer, WrittenNetwork } from './layer-list.js';

const WEIGHTS_FILE = 'weights.bin';

/**
 * A layers model of TensorFlow.js, for `tf.loadLayersModel`. TensorFlow.js has no layer for the scaler: it stands in the
 * file's metadata, where Kiln finds it again, and the network takes standardised values.
 */
export const tfjsLayers: ModelWriter = {
  format: 'tfjs',
  summary: 'a layers model of TensorFlow.js, for tf.loadLayersModel',
  kind: 'folder',
  numbers: 'float',
  write(graph: Graph) {
    const { network, scaler } = withoutScaler(networkOf(graph), graph);
    const weights = network.layers.flatMap((layer) =>
      layer.weights.map(({ name, shape, data }) => ({ name: `${layer.name}/${name}`, shape, data })),
    );
    const model = {
      format: 'layers-model',
      generatedBy: 'Kiln',
      convertedBy: null,
      modelTopology: secondVersionConfig(network),
      weightsManifest: [
        { paths: [WEIGHTS_FILE], weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })) },
      ],
      ...(scaler === null ? {} : { userDefinedMetadata: { kiln: scaler } }),
    };
    const bytes = weights.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return [
      { path: 'model.json', contents: `${JSON.stringify(model, null, 2)}\n` },
      { path: WEIGHTS_FILE, contents: Buffer.concat(bytes) },
    ];
  },
};

/** Takes the scaler off a network that begins with one. */
function withoutScaler(network: WrittenNetwork, graph: Graph): { network: WrittenNetwork; scaler: object | null } {
  const [input, scaler, ...others] = network.layers as [WrittenLayer, WrittenLayer | undefined, ...WrittenLayer[]];
  const node = graph.nodes.find(({ op }) => op === 'standardize');
  const classes = graph.classes === null ? {} : { classes: graph.classes };
  if (scaler?.className !== 'Rescaling' || node === undefined) {
    return { network, scaler: graph.classes === null ? null : classes };
  }
  const [raw, mean, inverse] = node.inputs.map((id) => graph.tensors.get(id)!) as [Tensor, Tensor, Tensor];
  const kiln = {
    input: { name: raw.name, dtype: raw.dtype, shape: raw.shape.slice(1) },
    scaler: {
      mean: Array.from(mean.data as Float32Array),
      standardDeviation: Array.from(inverse.data as Float32Array, (value) => 1 / value),
    },
    ...classes,
  };
  const first = { ...input, output: scaler.output };
  const layers = others.map((layer) => ({
    ...layer,
    inputs: layer.inputs.map((name) => (name === scaler.name ? input.name : name)),
  }));
  return { network: { ...network, layers: [first, ...layers] }, scaler: kiln };
}

import { isChain, openBatch, type WrittenLayer, type WrittenNetwork } from './layer-list.js';

/** The version whose description of networks this is: Keras 2 and 3 and TensorFlow.js read it. */
export const SECOND_VERSION = '2.15.0';

/** A network as Keras 2 describes it, `model_config`: Sequential where it is a chain, else functional. */
export function secondVersionConfig(network: WrittenNetwork): object {
  if (isChain(network)) {
    const layers = network.layers.map((layer) => ({ class_name: layer.className, config: configOf(layer) }));
    return { class_name: 'Sequential', config: { name: network.name, layers } };
  }
  const layers = network.layers.map((layer) => ({
    class_name: layer.className,
    name: layer.name,
    config: configOf(layer),
    inbound_nodes: layer.inputs.length === 0 ? [] : [layer.inputs.map((name) => [name, 0, 0, {}])],
  }));
  const refs = (names: readonly string[]) => names.map((name) => [name, 0, 0]);
  const { inputs, outputs } = network;
  return {
    class_name: 'Functional',
    config: { name: network.name, layers, input_layers: refs(inputs), output_layers: refs(outputs) },
  };
}

function configOf({ className, name, config, output: { shape, dtype } }: WrittenLayer): object {
  if (className !== 'InputLayer') return { name, trainable: true, ...config };
  return { batch_input_shape: openBatch(shape), dtype, sparse: false, ragged: false, name };
}

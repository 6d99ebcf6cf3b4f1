import {
  type Graph,
  inputTensors,
  type KilnError,
  type NodeOf,
  type OpName,
  tensorOf,
  throwAll,
  UnsupportedError,
} from '@kiln/ir';
import { hasFreeBatch } from '../../batch.js';
import type { WrittenNetwork } from './layer-list.js';
import { isOption, LayerList, type LayerSite, type LayerWriters, outputOf } from './layer-writer.js';
import { PLAIN_LAYERS } from './plain-layers.js';
import { TAKES_OPTION, WEIGHTED_LAYERS } from './weighted-layers.js';

const WRITERS: LayerWriters = { ...PLAIN_LAYERS, ...WEIGHTED_LAYERS };

/**
 * A float graph as layers of Keras. Activations become options of the convolutions and dense layers before them, the scaler a
 * Normalization layer. Layers that training alone needs, such as dropout, are not in a graph and so not in the result.
 *
 * Errors: UnsupportedError for each node that Keras has no layer for, all of them at once.
 */
export function networkOf(graph: Graph): WrittenNetwork {
  const errors: KilnError[] = [];
  if (!hasFreeBatch(graph)) {
    const message = 'does not treat each input of a batch by itself, as networks of Keras do';
    errors.push(
      new UnsupportedError('E-KERAS-BATCH', `network '${graph.name}'`, message, 'Export to frozen-graph or tflite'),
    );
  }
  const list = new LayerList(graph);
  const inputs = graph.inputs.map((id) => list.addInput(tensorOf(graph, id)));
  for (const node of graph.nodes) {
    const output = outputOf(graph, node);
    const site = { node, inputs: inputTensors(graph, node), output, list };
    const write = WRITERS[node.op] as ((some: LayerSite<OpName>) => void) | undefined;
    try {
      if (isOption(graph, node, TAKES_OPTION)) list.pass(site.inputs[0]!, output, node);
      else if (write === undefined || node.outputs.length > 1) throw missingLayer(node as NodeOf<OpName>);
      else write(site as unknown as LayerSite<OpName>);
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      errors.push(error);
      list.addInput(output);
    }
  }
  throwAll(errors);
  const outputs = graph.outputs.map((id) => list.giverOf(tensorOf(graph, id), null));
  return { name: graph.name.replace(/[^A-Za-z0-9_-]/g, '_'), layers: list.layers, inputs, outputs };
}

function missingLayer({ name, op }: NodeOf<OpName>): UnsupportedError {
  const known = Object.keys(WRITERS).sort().join(', ');
  const message = `is a ${op}, which Keras has no layer for; expected one of ${known}`;
  return new UnsupportedError('E-KERAS-OPERATOR', `node '${name}'`, message, 'Export to saved-model or tflite');
}

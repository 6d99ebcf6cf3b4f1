import type { Graph } from '@kiln/ir';
import type { ModelWriter } from '../model-writer.js';
import { VERSIONS } from './graph-def.js';
import type { WeightStore } from './graph-writer.js';
import { encodeMessage } from './proto.js';
import { writeGraph } from './write-graph.js';

/** Weights stand in the graph as constants. */
export const asConstants: WeightStore = (writer, hint, { shape, data }) =>
  writer.constant(hint, 'float32', shape, data);

/**
 * The notebook's frozen graph: a GraphDef with all weights as constants, which `tf.compat.v1.import_graph_def` and
 * TensorFlow.js's graph executor run.
 */
export const frozenGraph: ModelWriter = {
  format: 'frozen-graph',
  summary: 'a GraphDef (.pb) of TensorFlow with the weights as constants',
  kind: 'file',
  numbers: 'float',
  write(graph: Graph) {
    const { writer } = writeGraph(graph, asConstants);
    return [{ path: '', contents: encodeMessage('GraphDef', { node: writer.nodes, versions: VERSIONS }) }];
  },
};

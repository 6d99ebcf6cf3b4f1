import { type Graph, inputTensors, throwAll, UnsupportedError } from '@kiln/ir';
import { operatorOf } from '../operators/index.js';

/**
 * Makes sure that every node's operator takes its input's dtype, before any work is put into the graph. All nodes that
 * fail are reported together. Changes nothing.
 */
export function checkOperatorSupport(graph: Graph): Graph {
  const errors = graph.nodes.flatMap((node) => {
    const { dtypes } = operatorOf(node);
    const [x] = inputTensors(graph, node);
    if (x === undefined || dtypes.includes(x.dtype)) return [];
    const message = `${node.op} reads '${x.name}' of type ${x.dtype}, expected ${dtypes.join(' or ')}`;
    return [new UnsupportedError('E-OPERATOR-DTYPE', `node '${node.name}'`, message, 'Change the dtype of the input')];
  });
  throwAll(errors);
  return graph;
}

import { type Graph, throwAll, UnsupportedError } from '@kiln/ir';
import { operatorOf, siteOf } from '../operators/index.js';

/**
 * Makes sure that every node's operator can work with its tensors' types, before any work is put into the graph, and again
 * with the scales that quantization chose. All nodes that fail are reported together. Changes nothing.
 */
export function checkOperatorSupport(graph: Graph): Graph {
  const errors = graph.nodes.flatMap((node) => {
    const operator = operatorOf(node);
    const site = siteOf(graph, node);
    const [x] = site.inputs;
    const where = `node '${node.name}'`;
    if (x !== undefined && !operator.dtypes.includes(x.dtype)) {
      const message = `${node.op} reads '${x.name}' of type ${x.dtype}, expected ${operator.dtypes.join(' or ')}`;
      return [new UnsupportedError('E-OPERATOR-DTYPE', where, message, 'Change the dtype of the input')];
    }
    return operator
      .problems(site)
      .map(
        (problem) =>
          new UnsupportedError('E-OPERATOR-TYPES', where, `${node.op}: ${problem}`, 'Convert the model differently'),
      );
  });
  throwAll(errors);
  return graph;
}

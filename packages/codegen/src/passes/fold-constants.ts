import { allocate, elementCount, type Graph, GraphEditor, type NumberData, outputTensors, subgraphsOf } from '@kiln/ir';
import { operatorOf, siteOf } from '../operators/index.js';
import { byteCount } from '../program/byte-count.js';

/** A constant may grow to this many bytes by being folded, or to the size of what it was computed from. */
const MOST_GROWN_BYTES = 1024;

/**
 * Computes what depends on constants alone, with the reference. What would take more flash than its operands and a kilobyte
 * stays to be computed at run time, and so do loops, which need not end. Requires: shapes inferred. Ensures: the same values, bit for bit.
 */
export function foldConstants(graph: Graph): Graph {
  const editor = new GraphEditor(graph);
  for (const node of graph.nodes) {
    const current = editor.finish();
    const site = siteOf(current, node);
    const known = site.inputs.every(({ data }) => data !== null) && subgraphsOf(node).length === 0;
    const grown = site.outputs.reduce((sum, tensor) => sum + byteCount(tensor), 0);
    const before = site.inputs.reduce((sum, tensor) => sum + byteCount(tensor), 0);
    if (!known || grown > Math.max(MOST_GROWN_BYTES, before) || operatorOf(node).problems(site).length > 0) continue;
    const results = site.outputs.map(({ dtype, shape }) => allocate(dtype, elementCount(shape)));
    operatorOf(node).reference(site)(
      site.inputs.map(({ data }) => data as NumberData),
      results as NumberData[],
    );
    outputTensors(current, node).forEach(({ id }, i) => editor.replaceTensor(id, { data: results[i]! }));
    editor.removeNode(node.id);
  }
  return editor.finish();
}

import { consumersOf, type Graph, GraphEditor, type Node, producerOf } from '@kiln/ir';

/**
 * Joins a reshape to the one that alone reads it: Flatten behind a Reshape, for example.
 * Requires: shapes inferred. Ensures: the same values.
 */
export function mergeReshapes(graph: Graph): Graph {
  let current = graph;
  for (;;) {
    const node = current.nodes.find((candidate) => canMerge(current, candidate));
    if (node === undefined) return current;
    const producer = producerOf(current, node.inputs[0]!)!;
    const editor = new GraphEditor(current);
    editor.replaceNode(node.id, (kept) => ({ ...kept, inputs: producer.inputs }) as Node);
    editor.removeNode(producer.id);
    editor.removeTensor(producer.outputs[0]!);
    current = editor.finish();
  }
}

function canMerge(graph: Graph, node: Node): boolean {
  if (node.op !== 'reshape') return false;
  const producer = producerOf(graph, node.inputs[0]!);
  if (producer?.op !== 'reshape') return false;
  const between = producer.outputs[0]!;
  return consumersOf(graph, between).length === 1 && !graph.outputs.includes(between);
}

import { consumersOf, type Graph, GraphEditor, type Node, producerOf } from '@kiln/ir';

/**
 * Lets a convolution or dense layer clamp its own output where a `relu` is all that reads it: one tensor and one pass over
 * memory less. Requires: shapes inferred. Ensures: the same values, bit for bit, in float32.
 */
export function fuseActivations(graph: Graph): Graph {
  const editor = new GraphEditor(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'relu') continue;
    const producer = producerOf(graph, node.inputs[0]!);
    if (producer === null || !canFuse(graph, producer)) continue;
    editor.removeNode(node.id);
    editor.removeTensor(producer.outputs[0]!);
    editor.replaceNode(
      producer.id,
      (kept) =>
        ({
          ...(kept as typeof producer),
          attributes: { ...producer.attributes, activation: 'relu' },
          outputs: node.outputs,
        }) as Node,
    );
  }
  return editor.finish();
}

type Fusible = Extract<Node, { op: (typeof FUSIBLE)[number] }>;

const FUSIBLE = ['conv2d', 'depthwiseConv2d', 'transposeConv2d', 'dense'] as const;

function canFuse(graph: Graph, node: Node): node is Fusible {
  if (!isFusible(node)) return false;
  const output = node.outputs[0]!;
  return (
    node.attributes.activation === 'none' && consumersOf(graph, output).length === 1 && !graph.outputs.includes(output)
  );
}

function isFusible(node: Node): node is Fusible {
  return (FUSIBLE as readonly string[]).includes(node.op);
}

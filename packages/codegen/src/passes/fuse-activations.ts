import {
  type Activation,
  consumersOf,
  equalQuantization,
  type Graph,
  GraphEditor,
  type Node,
  producerOf,
  tensorOf,
} from '@kiln/ir';

/**
 * Lets a layer, or a sum or its like, clamp its own output where a `relu`, `relu6` or `reluN1To1` is all that reads it: one tensor
 * and one pass over memory less, and in int8 no step of the scale is spent on what is cut off. Integers must be on one grid before
 * and behind, or their second rounding would go.
 * Requires: shapes inferred. Ensures: the same values, bit for bit.
 */
export function fuseActivations(graph: Graph): Graph {
  const editor = new GraphEditor(graph);
  for (const node of graph.nodes) {
    const activation = FUSED.find((name) => name === node.op);
    const producer = activation === undefined ? null : producerOf(graph, node.inputs[0]!);
    if (activation === undefined || producer === null || !canFuse(graph, producer, node)) continue;
    editor.removeNode(node.id);
    editor.removeTensor(producer.outputs[0]!);
    editor.replaceNode(
      producer.id,
      (kept) =>
        ({
          ...(kept as typeof producer),
          attributes: { ...producer.attributes, activation },
          outputs: node.outputs,
        }) as Node,
    );
  }
  return editor.finish();
}

type Fusible = Extract<Node, { op: (typeof FUSIBLE)[number] }>;

const FUSED = ['relu', 'relu6', 'reluN1To1'] as const satisfies readonly Activation[];

const FUSIBLE = ['conv2d', 'depthwiseConv2d', 'transposeConv2d', 'dense', 'add', 'sub', 'mul', 'div'] as const;

function canFuse(graph: Graph, node: Node, activation: Node): node is Fusible {
  if (!isFusible(node)) return false;
  const output = node.outputs[0]!;
  const grids = [output, activation.outputs[0]!].map((id) => tensorOf(graph, id).quantization);
  return (
    node.attributes.activation === 'none' &&
    consumersOf(graph, output).length === 1 &&
    !graph.outputs.includes(output) &&
    equalQuantization(grids[0]!, grids[1]!)
  );
}

function isFusible(node: Node): node is Fusible {
  return (FUSIBLE as readonly string[]).includes(node.op);
}

import { type Graph, GraphEditor, type Node, type TensorId } from '@kiln/ir';

/**
 * The smallest graph that still fails: outputs are dropped and nodes are replaced by inputs of their result's type, one by
 * one, for as long as `fails` says so.
 */
export async function shrinkGraph(graph: Graph, fails: (graph: Graph) => Promise<boolean>): Promise<Graph> {
  for (const node of graph.nodes) {
    const alone = keepOnly(graph, node);
    if (await fails(alone)) return alone;
  }
  let current = graph;
  for (let progress = true; progress;) {
    progress = false;
    for (const candidate of smaller(current)) {
      if (!(await fails(candidate))) continue;
      current = candidate;
      progress = true;
      break;
    }
  }
  return current;
}

function* smaller(graph: Graph): Generator<Graph> {
  for (const output of graph.outputs) {
    if (graph.outputs.length > 1)
      yield withInterface(
        graph,
        graph.inputs,
        graph.outputs.filter((id) => id !== output),
      );
  }
  for (const node of [...graph.nodes].reverse()) {
    const nodes = graph.nodes.filter(({ id }) => id !== node.id);
    const outputs = graph.outputs.filter((id) => !node.outputs.includes(id));
    if (outputs.length > 0) yield withInterface({ ...graph, nodes }, [...graph.inputs, ...node.outputs], outputs);
  }
}

/** One node by itself: what it reads comes from outside. */
function keepOnly(graph: Graph, node: Node): Graph {
  const inputs = node.inputs.filter((id) => graph.tensors.get(id)!.data === null);
  return withInterface({ ...graph, nodes: [node] }, inputs, node.outputs);
}

/** The graph with these inputs and outputs, without what they do not need. */
function withInterface(graph: Graph, inputs: readonly TensorId[], outputs: readonly TensorId[]): Graph {
  const live = new Set<TensorId>(outputs);
  const kept = [...graph.nodes].reverse().filter((node) => {
    if (!node.outputs.some((id) => live.has(id))) return false;
    [...node.inputs, ...node.outputs].forEach((id) => live.add(id));
    return true;
  });
  const used = [...new Set(inputs)].filter((id) => live.has(id));
  const editor = new GraphEditor({ ...graph, nodes: kept.reverse() });
  for (const id of graph.tensors.keys()) if (!live.has(id)) editor.removeTensor(id);
  return editor.finish({ inputs: used, outputs });
}

import { type Graph, GraphEditor, type TensorId } from '@kiln/ir';

/** Drops nodes and tensors that no output and no state depends on. The graph's inputs stay, read or not: they are its interface. */
export function eliminateDeadNodes(graph: Graph): Graph {
  const live = new Set<TensorId>([
    ...graph.outputs,
    ...graph.inputs,
    ...graph.states.flatMap(({ before, after }) => [before, after]),
  ]);
  const editor = new GraphEditor(graph);
  for (const node of [...graph.nodes].reverse()) {
    // Of a node that stays, results that nobody reads stay too: the C writes them all.
    if (node.outputs.some((id) => live.has(id))) [...node.inputs, ...node.outputs].forEach((id) => live.add(id));
    else editor.removeNode(node.id);
  }
  for (const id of graph.tensors.keys()) if (!live.has(id)) editor.removeTensor(id);
  return editor.finish();
}

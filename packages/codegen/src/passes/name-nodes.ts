import { type Graph, GraphEditor, type Node } from '@kiln/ir';

/** Makes every node's name unique, since traces and reports go by name: a second `conv` becomes `conv_2`. */
export function nameNodes(graph: Graph): Graph {
  const editor = new GraphEditor(graph);
  const taken = new Set<string>();
  for (const node of graph.nodes) {
    let name = node.name === '' ? node.op : node.name;
    for (let n = 2; taken.has(name); n++) name = `${node.name === '' ? node.op : node.name}_${n}`;
    taken.add(name);
    if (name !== node.name) editor.replaceNode(node.id, (kept) => ({ ...kept, name }) as Node);
  }
  return editor.finish();
}

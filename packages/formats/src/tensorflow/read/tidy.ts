import { type Graph, GraphEditor, type Node } from '@kiln/ir';
import { layerName, sharedScope } from '../../tflite/layer-name.js';

/** Leaves out what no output depends on, and names nodes after their layers: `model/conv/Conv2D` is `conv`. */
export function tidy(graph: Graph): Graph {
  const editor = new GraphEditor(graph);
  const needed = new Set(graph.outputs);
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (node.outputs.some((id) => needed.has(id))) {
      node.inputs.forEach((id) => needed.add(id));
      kept.push(node);
    } else editor.removeNode(node.id);
  }
  const written = new Set(kept.flatMap(({ outputs }) => outputs));
  const scope = sharedScope(kept.map(({ name }) => name));
  const named = (name: string): string => layerName(name, '', scope);
  for (const [id, { name }] of graph.tensors) {
    if (written.has(id)) editor.replaceTensor(id, { name: named(name) });
    else if (!needed.has(id) && !graph.inputs.includes(id)) editor.removeTensor(id);
    else if (!graph.inputs.includes(id)) editor.replaceTensor(id, { name: constantName(name, named) });
  }
  for (const node of kept) editor.replaceNode(node.id, (found) => ({ ...found, name: named(found.name) }));
  return editor.finish();
}

/** `model/conv/Conv2D/weights` is `conv/weights`. */
function constantName(name: string, named: (name: string) => string): string {
  const found = /^(.+)\/(weights|bias|scale|shift)$/.exec(name);
  return found === null ? name : `${named(found[1]!)}/${found[2]!}`;
}

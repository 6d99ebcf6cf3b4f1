import { type Graph, GraphEditor } from '@kiln/ir';
import { layerName, sharedScope } from '../../tflite/layer-name.js';

/** Leaves out the nodes and tensors that no output depends on; inputs stay. */
export function withoutDead(graph: Graph): Graph {
  const editor = new GraphEditor(graph);
  const needed = new Set(graph.outputs);
  const dead = new Set(graph.nodes.map(({ id }) => id));
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((id) => needed.has(id))) continue;
    [...node.inputs, ...node.outputs].forEach((id) => needed.add(id));
    dead.delete(node.id);
  }
  for (const id of graph.tensors.keys()) if (!needed.has(id) && !graph.inputs.includes(id)) editor.removeTensor(id);
  return { ...editor.finish(), nodes: graph.nodes.filter(({ id }) => !dead.has(id)) };
}

/** Names nodes and tensors after their layers: `model/conv/Conv2D` is `conv`, if all begin with `model`. */
export function nameLayers(graph: Graph): Graph {
  const editor = new GraphEditor(graph);
  const scope = sharedScope(graph.nodes.map(({ name }) => name));
  const named = (name: string): string => layerName(name, '', scope);
  const written = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  for (const [id, { name }] of graph.tensors) {
    if (!graph.inputs.includes(id))
      editor.replaceTensor(id, { name: written.has(id) ? named(name) : constantName(name, named) });
  }
  return { ...editor.finish(), nodes: graph.nodes.map((node) => ({ ...node, name: named(node.name) })) };
}

/** `model/conv/Conv2D/weights` is `conv/weights`. */
function constantName(name: string, named: (name: string) => string): string {
  const found = /^(.+)\/(weights|bias|scale|shift)$/.exec(name);
  return found === null ? name : `${named(found[1]!)}/${found[2]!}`;
}

import { type Graph, type Node, type TensorId, tensorOf, type TensorType } from './graph.js';
import { GraphEditor } from './graph-editor.js';
import { equalShapes } from './shape.js';

/** The graphs that a node runs: both branches, or condition and body; none for most nodes. */
export function subgraphsOf(node: Node): readonly Graph[] {
  if (node.op === 'if') return [node.attributes.then, node.attributes.else];
  return node.op === 'while' ? [node.attributes.condition, node.attributes.body] : [];
}

/** The node with each of its graphs changed. */
function withSubgraphs(node: Node, change: (graph: Graph) => Graph): Node {
  if (node.op === 'if') {
    const attributes = { then: change(node.attributes.then), else: change(node.attributes.else) };
    return { ...node, attributes };
  }
  if (node.op !== 'while') return node;
  return { ...node, attributes: { condition: change(node.attributes.condition), body: change(node.attributes.body) } };
}

/** A pass over the graph and over all graphs within it, the innermost first. */
export function onEveryGraph(graph: Graph, pass: (graph: Graph) => Graph): Graph {
  if (graph.nodes.every((node) => subgraphsOf(node).length === 0)) return pass(graph);
  const editor = new GraphEditor(graph);
  for (const { id } of graph.nodes)
    editor.replaceNode(id, (node) => withSubgraphs(node, (inner) => onEveryGraph(inner, pass)));
  return pass(editor.finish());
}

/** Unless the tensors are what the graph takes, one by one: each difference as `found ..., expected ...`. */
export function operandProblems(operands: readonly TensorType[], graph: Graph): string[] {
  return pairProblems('input', operands, graph, graph.inputs);
}

/** Unless the tensors are what the graph gives, one by one. */
export function resultProblems(results: readonly TensorType[], graph: Graph): string[] {
  return pairProblems('output', results, graph, graph.outputs);
}

function pairProblems(what: string, outer: readonly TensorType[], graph: Graph, inner: readonly TensorId[]): string[] {
  if (outer.length !== inner.length)
    return [`found ${inner.length} ${what}s of the graph '${graph.name}', expected ${outer.length}`];
  return outer.flatMap((tensor, i) => {
    const own = tensorOf(graph, inner[i]!);
    if (own.dtype === tensor.dtype && equalShapes(own.shape, tensor.shape)) return [];
    const [found, expected] = [own, tensor].map(({ dtype, shape }) => `${dtype}[${shape.join(', ')}]`);
    return [`found ${found} as ${what} '${own.name}' of the graph '${graph.name}', expected ${expected}`];
  });
}

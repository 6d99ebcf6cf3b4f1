import type { Graph, Node, TensorId } from './graph.js';
import { InvariantError } from './errors.js';
import { elementCount, equalShapes } from './shape.js';
import { subgraphsOf } from './subgraphs.js';

/**
 * Checks what every graph must keep, whichever pass made it: ids exist, each activation is written once and before it
 * is read, constants have as many values as their shape says, and quantization has one scale per index of its axis. The
 * same of the graphs within it, which have no states of their own: those are operands and results of the node.
 *
 * Throws `InvariantError`; `stage` names the pass that broke the rule.
 */
export function verifyGraph(graph: Graph, stage: string): void {
  const fail = (what: string): never => {
    throw new InvariantError('E-GRAPH', `${graph.name} after ${stage}`, what);
  };
  const written = new Set<TensorId>([...graph.inputs, ...graph.states.map(({ before }) => before)]);
  for (const tensor of graph.tensors.values()) {
    const count = elementCount(tensor.shape);
    if (tensor.data !== null) {
      written.add(tensor.id);
      if (tensor.data.length !== count)
        fail(`constant '${tensor.name}' has ${tensor.data.length} values, not ${count}`);
    }
    const { quantization } = tensor;
    const scales = quantization === null || quantization.axis === null ? 1 : tensor.shape[quantization.axis];
    if (quantization !== null && quantization.scale.length !== scales) {
      fail(`tensor '${tensor.name}' has ${quantization.scale.length} scales, expected ${scales}`);
    }
  }
  graph.nodes.forEach((node) => verifyNode(graph, node, written, fail));
  for (const inner of graph.nodes.flatMap(subgraphsOf)) {
    verifyGraph(inner, stage);
    if (inner.states.length > 0) fail(`the graph '${inner.name}' within it has states`);
  }
  for (const id of graph.outputs) if (!written.has(id)) fail(`output t${id} is never written`);
  for (const { name, before, after, initial } of graph.states) {
    const [from, to] = [graph.tensors.get(before), graph.tensors.get(after)];
    if (from === undefined || to === undefined || !written.has(after)) fail(`state '${name}' is never written`);
    else if (from.dtype !== to.dtype || !equalShapes(from.shape, to.shape)) fail(`state '${name}' changes its type`);
    else if (initial.length !== elementCount(from.shape)) fail(`state '${name}' starts with ${initial.length} values`);
  }
}

function verifyNode(graph: Graph, node: Node, written: Set<TensorId>, fail: (what: string) => never): void {
  for (const id of [...node.inputs, ...node.outputs]) {
    if (!graph.tensors.has(id)) fail(`node '${node.name}' names tensor t${id}, which does not exist`);
  }
  for (const id of node.inputs) {
    if (!written.has(id)) fail(`node '${node.name}' reads t${id} before it is written`);
  }
  for (const id of node.outputs) {
    if (written.has(id)) fail(`node '${node.name}' writes t${id} a second time`);
    written.add(id);
  }
}

import { type Graph, InvariantError, type Shape, type Tensor, tensorOf } from '@kiln/ir';

/** Unless the tensor is a single bool. */
export function conditionProblems({ name, dtype, shape }: Tensor): string[] {
  if (dtype === 'bool' && shape.every((size) => size === 1)) return [];
  return [`found ${dtype}[${shape.join(', ')}] as condition '${name}', expected a bool of one element`];
}

/** Shapes of the graph's outputs, which have been inferred before. */
export function outputShapes(graph: Graph, count: number): readonly Shape[] {
  if (graph.outputs.length !== count)
    throw new InvariantError('E-SUBGRAPH', graph.name, `has ${graph.outputs.length} outputs, expected ${count}`);
  return graph.outputs.map((id) => tensorOf(graph, id).shape);
}

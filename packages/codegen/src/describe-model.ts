import {
  type DType,
  type Graph,
  inputTensors,
  onEveryGraph,
  outputTensors,
  type Shape,
  subgraphsOf,
  type TensorId,
  tensorOf,
} from '@kiln/ir';
import { macsOf, operatorOf, siteOf } from './operators/index.js';
import { inferShapes } from './passes/infer-shapes.js';
import { nameNodes } from './passes/name-nodes.js';

/** A model as people ask for it: layer by layer, before anything is fused or quantized. */
export interface ModelDescription {
  readonly inputs: readonly PortDescription[];
  readonly outputs: readonly PortDescription[];
  /** What one run leaves to the next. */
  readonly states: readonly PortDescription[];
  readonly nodes: readonly NodeDescription[];
  readonly parameters: number;
  readonly macs: number;
}

export interface PortDescription {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface NodeDescription {
  readonly name: string;
  /** How many graphs deep it stands: 0 in the model's own, 1 in one that a node of that runs. */
  readonly depth: number;
  readonly op: string;
  readonly shape: Shape;
  /** Constants that the node reads, in elements. */
  readonly parameters: number;
  readonly macs: number;
}

/** A graph that was just read, with names that differ and with shapes. Throws `ShapeError` where its layers do not fit together. */
export function inferredGraph(model: Graph): Graph {
  return onEveryGraph(onEveryGraph(model, nameNodes), inferShapes);
}

/** Describes a graph that was just read. Throws `ShapeError` where its layers do not fit together. */
export function describeModel(model: Graph): ModelDescription {
  const graph = inferredGraph(model);
  const port = (id: TensorId): PortDescription => {
    const { name, dtype, shape } = tensorOf(graph, id);
    return { name, dtype, shape };
  };
  const nodes = describeNodes(graph, 0);
  return {
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
    states: graph.states.map(({ name, before }) => ({ ...port(before), name })),
    nodes,
    parameters: nodes.reduce((sum, { parameters }) => sum + parameters, 0),
    macs: macsOf(graph),
  };
}

/** The nodes in order, each before those of the graphs that it runs. */
function describeNodes(graph: Graph, depth: number): NodeDescription[] {
  return graph.nodes.flatMap((node) => [
    {
      name: node.name,
      depth,
      op: node.op,
      shape: outputTensors(graph, node)[0]!.shape,
      parameters: inputTensors(graph, node).reduce((sum, { data }) => sum + (data?.length ?? 0), 0),
      macs: operatorOf(node).macs(siteOf(graph, node)),
    },
    ...subgraphsOf(node).flatMap((inner) => describeNodes(inner, depth + 1)),
  ]);
}

import { type DType, type Graph, inputTensors, outputTensors, type Shape, type TensorId, tensorOf } from '@kiln/ir';
import { operatorOf, siteOf } from './operators/index.js';
import { inferShapes } from './passes/infer-shapes.js';
import { nameNodes } from './passes/name-nodes.js';

/** A model as people ask for it: layer by layer, before anything is fused or quantized. */
export interface ModelDescription {
  readonly inputs: readonly PortDescription[];
  readonly outputs: readonly PortDescription[];
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
  readonly op: string;
  readonly shape: Shape;
  /** Constants that the node reads, in elements. */
  readonly parameters: number;
  readonly macs: number;
}

/** Describes a graph that was just read. Throws `ShapeError` where its layers do not fit together. */
export function describeModel(model: Graph): ModelDescription {
  const graph = inferShapes(nameNodes(model));
  const port = (id: TensorId): PortDescription => {
    const { name, dtype, shape } = tensorOf(graph, id);
    return { name, dtype, shape };
  };
  const nodes = graph.nodes.map((node) => ({
    name: node.name,
    op: node.op,
    shape: outputTensors(graph, node)[0]!.shape,
    parameters: inputTensors(graph, node).reduce((sum, { data }) => sum + (data?.length ?? 0), 0),
    macs: operatorOf(node).macs(siteOf(graph, node)),
  }));
  return {
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
    nodes,
    parameters: nodes.reduce((sum, { parameters }) => sum + parameters, 0),
    macs: nodes.reduce((sum, { macs }) => sum + macs, 0),
  };
}

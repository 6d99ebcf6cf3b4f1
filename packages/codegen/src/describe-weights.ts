import {
  DTYPE_BYTES,
  type DType,
  elementCount,
  type Graph,
  type NumberData,
  type Shape,
  subgraphsOf,
  type Tensor,
} from '@kiln/ir';
import { inferredGraph } from './describe-model.js';

/** A constant of a network, as people ask for it. */
export interface WeightDescription {
  readonly name: string;
  /** The graph it belongs to: the network's own, or one that a node of it runs. */
  readonly graph: string;
  /** The nodes that read it. */
  readonly nodes: readonly string[];
  readonly shape: Shape;
  readonly dtype: DType;
  readonly bytes: number;
  /** Least and greatest value; real ones where a scale gives the integers a meaning. Null for what has no elements. */
  readonly range: { readonly least: number; readonly greatest: number } | null;
  readonly tensor: Tensor;
}

/** The constants of a graph that was just read, in the order in which its nodes read them; of the graphs inside it too. */
export function describeWeights(model: Graph): WeightDescription[] {
  return weightsOf(inferredGraph(model));
}

function weightsOf(graph: Graph): WeightDescription[] {
  const readers = new Map<Tensor, string[]>();
  const inner: WeightDescription[] = [];
  for (const node of graph.nodes) {
    for (const id of new Set(node.inputs)) {
      const tensor = graph.tensors.get(id)!;
      if (tensor.data === null) continue;
      readers.set(tensor, [...(readers.get(tensor) ?? []), node.name]);
    }
    inner.push(...subgraphsOf(node).flatMap(weightsOf));
  }
  const own = [...readers].map(([tensor, nodes]) => {
    const { name, shape, dtype } = tensor;
    const bytes = elementCount(shape) * DTYPE_BYTES[dtype];
    return { name, graph: graph.name, nodes, shape, dtype, bytes, range: rangeOf(tensor), tensor };
  });
  return [...own, ...inner];
}

function rangeOf({ data, quantization, shape }: Tensor): WeightDescription['range'] {
  const values = data instanceof BigInt64Array ? Float64Array.from(data, Number) : (data as NumberData);
  const axis = quantization?.axis ?? null;
  const inner = axis === null ? values.length : elementCount(shape.slice(axis + 1));
  let [least, greatest] = [Infinity, -Infinity];
  values.forEach((value, i) => {
    const channel = axis === null ? 0 : Math.floor(i / inner) % shape[axis]!;
    const real =
      quantization === null ? value : (value - quantization.zeroPoint[channel]!) * quantization.scale[channel]!;
    least = Math.min(least, real);
    greatest = Math.max(greatest, real);
  });
  return values.length === 0 ? null : { least, greatest };
}

import type { QuantizationParams } from './quantization.js';
import type { Shape } from './shape.js';
import type { NodeAttributes, OpName } from './operators/index.js';
import { InvariantError } from './errors.js';

declare const brand: unique symbol;

/** Identifies a tensor within one graph. Counts up from 0 in order of creation. */
export type TensorId = number & { readonly [brand]: 'TensorId' };

/** Identifies a node within one graph. Counts up from 0 in order of creation; ties are broken by it. */
export type NodeId = number & { readonly [brand]: 'NodeId' };

export type DType = 'float32' | 'int8' | 'uint8' | 'int16' | 'int32' | 'int64' | 'bool';

/** Values of every dtype but int64. */
export type NumberData = Float32Array | Int8Array | Uint8Array | Int16Array | Int32Array;

export type TensorData = NumberData | BigInt64Array;

/** Bytes of one element. */
export const DTYPE_BYTES: Readonly<Record<DType, number>> = {
  float32: 4,
  int8: 1,
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
};

/** What is known of a tensor without its values. Row-major; the last dimension is the channel. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Null for floats, and for integers that stand for themselves (pixels, indices). */
  readonly quantization: QuantizationParams | null;
}

/** A named value that flows through the graph: an activation (`data` is null) or a constant. */
export interface Tensor extends TensorType {
  readonly id: TensorId;
  readonly name: string;
  readonly data: TensorData | null;
}

/** One application of the operator `op`. */
export interface NodeOf<K extends OpName> {
  readonly id: NodeId;
  readonly op: K;
  readonly name: string;
  readonly attributes: NodeAttributes[K];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
}

export type Node = { [K in OpName]: NodeOf<K> }[OpName];

/** A network. Nodes stand in an order in which they can be run. Never mutated: passes return new graphs. */
export interface Graph {
  readonly name: string;
  readonly tensors: ReadonlyMap<TensorId, Tensor>;
  readonly nodes: readonly Node[];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
  /** Values that outlive a run. Empty for a network without memory. */
  readonly states: readonly State[];
  /** Names of the classes if the network classifies, else null. */
  readonly classes: readonly string[] | null;
}

/**
 * A value that one run leaves to the next. `before` is a tensor that nobody in the graph writes, as an input; `after`, of the
 * same type, is what the next run will find there (`before` itself if the run does not change it).
 */
export interface State {
  readonly name: string;
  readonly before: TensorId;
  readonly after: TensorId;
  /** What the first run finds, and every run after a reset. */
  readonly initial: TensorData;
}

/** The tensor of that id. Throws `InvariantError` if the graph has none. */
export function tensorOf(graph: Pick<Graph, 'tensors' | 'name'>, id: TensorId): Tensor {
  const tensor = graph.tensors.get(id);
  if (tensor === undefined) throw new InvariantError('E-TENSOR-ID', graph.name, `no tensor has the id ${id}`);
  return tensor;
}

export function inputTensors(graph: Graph, node: Node): Tensor[] {
  return node.inputs.map((id) => tensorOf(graph, id));
}

export function outputTensors(graph: Graph, node: Node): Tensor[] {
  return node.outputs.map((id) => tensorOf(graph, id));
}

/** The node that writes the tensor, or null for constants and the graph's inputs. */
export function producerOf(graph: Graph, id: TensorId): Node | null {
  return graph.nodes.find((node) => node.outputs.includes(id)) ?? null;
}

/** The values as numbers. Throws `InvariantError` for int64, whose operators read them as they are. */
export function numbers(data: TensorData): NumberData {
  if (data instanceof BigInt64Array)
    throw new InvariantError('E-INT64', 'tensor data', 'int64 where numbers are expected');
  return data;
}

/** The nodes that read the tensor, in order. */
export function consumersOf(graph: Graph, id: TensorId): Node[] {
  return graph.nodes.filter((node) => node.inputs.includes(id));
}

/** Makes a typed array of `length` elements for that dtype, all zero. */
export function allocate(dtype: DType, length: number): TensorData {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length);
    case 'int8':
      return new Int8Array(length);
    case 'uint8':
    case 'bool':
      return new Uint8Array(length);
    case 'int16':
      return new Int16Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'int64':
      return new BigInt64Array(length);
  }
}

import {
  type Activation,
  type Graph,
  inputTensors,
  type Node,
  type NodeOf,
  type OpName,
  outputTensors,
  type Padding,
  type Tensor,
  type TensorId,
  UnsupportedError,
} from '@kiln/ir';
import { ACTIVATION_FUNCTIONS, PADDINGS } from '../schema/enums.js';
import type { Options, SubgraphWriter } from './subgraph-writer.js';
import type { BuiltinName } from './versions.js';

const ACTIVATIONS: Readonly<Record<Activation, (typeof ACTIVATION_FUNCTIONS)[number]>> = {
  none: 'NONE',
  relu: 'RELU',
  reluN1To1: 'RELU_N1_TO_1',
  relu6: 'RELU6',
};

/** One node on its way into a file, and the means to add operators for it. */
export class NodeContext<K extends OpName = OpName> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];

  constructor(
    readonly node: NodeOf<K>,
    readonly writer: SubgraphWriter,
    graph: Graph,
    /** States that the file keeps in a tensor of its own for one operator: those of `before`. */
    readonly owned: ReadonlySet<TensorId>,
    /** Writes a graph within as another subgraph, and gives its index. */
    readonly subgraph: (graph: Graph) => number,
  ) {
    this.inputs = inputTensors(graph, node as unknown as Node);
    this.outputs = outputTensors(graph, node as unknown as Node);
  }

  get name(): string {
    return this.node.name;
  }

  /** Index of the tensor that the node reads at place i. */
  read(i: number): number {
    return this.writer.tensor(this.inputs[i]!);
  }

  readAll(): number[] {
    return this.inputs.map((_, i) => this.read(i));
  }

  /** Index of the tensor that the node writes at place i. */
  result(i = 0): number {
    return this.writer.tensor(this.outputs[i]!);
  }

  /** An operator that reads `inputs` and writes all that the node writes. */
  emit(name: BuiltinName, inputs: readonly number[], options?: Options): void {
    const outputs = this.outputs.map((_, i) => this.result(i));
    this.writer.operator(name, inputs, outputs, options);
  }

  /** A constant list of integers under the node's name. */
  integers(suffix: string, values: readonly number[]): number {
    return this.writer.integers(`${this.name}/${suffix}`, values);
  }

  integer(suffix: string, value: number): number {
    return this.writer.integers(`${this.name}/${suffix}`, [value], []);
  }

  unsupported(code: `E-${string}`, message: string, remedy: string): UnsupportedError {
    return new UnsupportedError(code, `node '${this.name}'`, message, remedy);
  }
}

export function activationNumber(activation: Activation): number {
  return ACTIVATION_FUNCTIONS.indexOf(ACTIVATIONS[activation]);
}

export function paddingNumber(padding: Padding): number {
  return PADDINGS.indexOf(padding === 'same' ? 'SAME' : 'VALID');
}

/** Writes one kind of node as operators. Errors: UnsupportedError; the writer collects them over all nodes. */
export type NodeWriter<K extends OpName> = (context: NodeContext<K>) => void;
export type NodeWriters<K extends OpName> = { readonly [P in K]: NodeWriter<P> };

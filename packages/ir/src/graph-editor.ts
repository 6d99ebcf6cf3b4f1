import type { Graph, Node, NodeId, NodeOf, State, Tensor, TensorId } from './graph.js';
import { InvariantError } from './errors.js';
import type { NodeAttributes, OpName } from './operators/index.js';

/**
 * Builds a graph, from nothing or from another one. The other one is not touched.
 *
 * Ids that were given out once are never used again, so a pass may keep them while it works.
 */
export class GraphEditor {
  private readonly tensors: Map<TensorId, Tensor>;
  private nodes: Node[];
  private readonly inputs: readonly TensorId[];
  private outputs: readonly TensorId[];
  private states: readonly State[];
  private nextTensor: number;
  private nextNode: number;

  constructor(private readonly base: Graph) {
    this.tensors = new Map(base.tensors);
    this.nodes = [...base.nodes];
    this.inputs = base.inputs;
    this.outputs = base.outputs;
    this.states = base.states;
    this.nextTensor = Math.max(-1, ...base.tensors.keys()) + 1;
    this.nextNode = Math.max(-1, ...base.nodes.map((node) => node.id)) + 1;
  }

  /** An editor that starts with no tensor and no node. */
  static empty(name: string, classes: readonly string[] | null): GraphEditor {
    return new GraphEditor({ name, tensors: new Map(), nodes: [], inputs: [], outputs: [], states: [], classes });
  }

  addTensor(tensor: Omit<Tensor, 'id'>): TensorId {
    const id = this.nextTensor++ as TensorId;
    this.tensors.set(id, { id, ...tensor });
    return id;
  }

  replaceTensor(id: TensorId, change: Partial<Omit<Tensor, 'id'>>): void {
    const tensor = this.tensors.get(id);
    if (tensor === undefined) throw new InvariantError('E-TENSOR-ID', this.base.name, `no tensor has the id ${id}`);
    this.tensors.set(id, { ...tensor, ...change });
  }

  /** Adds a node at the end, or where `position` says. */
  addNode<K extends OpName>(
    op: K,
    name: string,
    attributes: NodeAttributes[K],
    inputs: readonly TensorId[],
    outputs: readonly TensorId[],
    position: 'first' | 'last' | { readonly before: NodeId } = 'last',
  ): NodeId {
    const node: NodeOf<K> = { id: this.nextNode++ as NodeId, op, name, attributes, inputs, outputs };
    const index =
      position === 'first'
        ? 0
        : position === 'last'
          ? this.nodes.length
          : this.nodes.findIndex(({ id }) => id === position.before);
    this.nodes.splice(index, 0, node as unknown as Node);
    return node.id;
  }

  replaceNode(id: NodeId, change: (node: Node) => Node): void {
    this.nodes = this.nodes.map((node) => (node.id === id ? change(node) : node));
  }

  removeNode(id: NodeId): void {
    this.nodes = this.nodes.filter((node) => node.id !== id);
  }

  removeTensor(id: TensorId): void {
    this.tensors.delete(id);
  }

  /** Lets every reader of `from`, nodes, the graph's outputs and what states become, read `to` instead. */
  redirect(from: TensorId, to: TensorId): void {
    const swap = (id: TensorId): TensorId => (id === from ? to : id);
    this.nodes = this.nodes.map((node) => ({ ...node, inputs: node.inputs.map(swap) }));
    this.outputs = this.outputs.map(swap);
    this.states = this.states.map((state) => ({ ...state, after: swap(state.after) }));
  }

  finish(change: Partial<Pick<Graph, 'name' | 'inputs' | 'outputs' | 'states' | 'classes'>> = {}): Graph {
    return {
      name: this.base.name,
      classes: this.base.classes,
      inputs: this.inputs,
      outputs: this.outputs,
      states: this.states,
      ...change,
      tensors: this.tensors,
      nodes: this.nodes,
    };
  }
}

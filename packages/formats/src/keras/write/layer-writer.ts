import {
  type Activation,
  consumersOf,
  type Graph,
  type Node,
  type OpName,
  producerOf,
  type Tensor,
  tensorOf,
  type TensorId,
  UnsupportedError,
} from '@kiln/ir';
import type { WrittenLayer } from './layer-list.js';

/** What writes one node works with. */
export interface AnySite {
  readonly node: Node;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly list: LayerList;
}

/** The same, where the operator is known. */
export interface LayerSite<K extends OpName> extends AnySite {
  readonly node: Extract<Node, { readonly op: K }>;
}

/** By operator: writes the layers of one node, whose last one is its result. */
export type LayerWriters = { readonly [K in OpName]?: (site: LayerSite<K>) => void };

type NewLayer = Pick<WrittenLayer, 'className' | 'config'> & Partial<Pick<WrittenLayer, 'weights'>>;

/** Collects the layers of a graph; remembers which of them gives each tensor. */
export class LayerList {
  readonly layers: WrittenLayer[] = [];
  readonly #givers = new Map<TensorId, string>();
  readonly #names = new Set<string>();

  constructor(readonly graph: Graph) {}

  /** The layer that gives a tensor. Errors: UnsupportedError for a constant. */
  giverOf(tensor: Tensor, node: Node | null): string {
    const name = this.#givers.get(tensor.id);
    if (name !== undefined) return name;
    if (node !== null)
      throw unwritable(node, `reads the constant '${tensor.name}', expected what another layer computes`);
    const message = `is the constant '${tensor.name}', expected what a layer computes`;
    throw new UnsupportedError('E-KERAS-OUTPUT', `an output of '${this.graph.name}'`, message, 'Export to saved-model');
  }

  /** Appends the layer of a node. `reads` are the node's inputs, or the layer before where a node takes several. */
  add(node: Node, layer: NewLayer, reads: readonly (Tensor | string)[], output: Tensor): string {
    const inputs = reads.map((read) => (typeof read === 'string' ? read : this.giverOf(read, node)));
    const name = this.#unique(node.name);
    const { shape, dtype } = output;
    this.layers.push({ weights: [], ...layer, name, inputs, output: { shape, dtype } });
    this.#givers.set(output.id, name);
    return name;
  }

  addInput(tensor: Tensor): string {
    const name = this.#unique(tensor.name);
    const { shape, dtype } = tensor;
    this.layers.push({ className: 'InputLayer', name, config: {}, inputs: [], output: { shape, dtype }, weights: [] });
    this.#givers.set(tensor.id, name);
    return name;
  }

  /** Lets a later tensor be given by the layer that gives an earlier one. */
  pass(from: Tensor, to: Tensor, node: Node): void {
    this.#givers.set(to.id, this.giverOf(from, node));
  }

  /** A layer's name may hold letters, digits, `_`, `-` and `.`. */
  #unique(hint: string): string {
    const plain = hint.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^[^A-Za-z0-9]+/, '') || 'layer';
    let name = plain;
    for (let n = 1; this.#names.has(name); n++) name = `${plain}_${n}`;
    this.#names.add(name);
    return name;
  }
}

/** Activations that a layer has as an option; others become layers of their own. */
const OPTIONS = { relu: 'relu', logistic: 'sigmoid', tanh: 'tanh', softmax: 'softmax', elu: 'elu' } as const;

/** The activation node that alone reads a node's result, if it can be an option of the layer. */
export function followingActivation(graph: Graph, node: Node): { readonly node: Node; readonly name: string } | null {
  const [y] = node.outputs;
  const [next, ...others] = consumersOf(graph, y!);
  if (next === undefined || others.length > 0 || graph.outputs.includes(y!)) return null;
  if (!Object.hasOwn(OPTIONS, next.op) || (next.op === 'softmax' && next.attributes.beta !== 1)) return null;
  return { node: next, name: OPTIONS[next.op as keyof typeof OPTIONS] };
}

/** Whether a node is an activation that stands as an option in the layer before it. */
export function isOption(graph: Graph, node: Node, takesOption: ReadonlySet<OpName>): boolean {
  const before = node.inputs[0] === undefined ? null : producerOf(graph, node.inputs[0]);
  if (before === null || !takesOption.has(before.op) || fusedOf(before) !== 'none') return false;
  return followingActivation(graph, before)?.node === node;
}

/** The activation that is an attribute of the node. */
export function fusedOf(node: Node): Activation {
  return 'activation' in node.attributes ? node.attributes.activation : 'none';
}

/** Appends the fused activation of a node that is no option of its layer. */
export function addFused(list: LayerList, node: Node, output: Tensor, before: string): void {
  const activation = fusedOf(node);
  if (activation === 'none') return;
  if (activation === 'reluN1To1') throw unwritable(node, 'is clamped to -1 .. 1, for which Keras has no layer');
  const config = activation === 'relu6' ? { max_value: 6 } : {};
  list.add({ ...node, name: `${node.name}_${activation}` }, { className: 'ReLU', config }, [before], output);
}

/** For what Keras has no layer. */
export function unwritable(node: Node, found: string): UnsupportedError {
  return new UnsupportedError(
    'E-KERAS-NODE',
    `node '${node.name}' (${node.op})`,
    found,
    'Export to saved-model or tflite',
  );
}

export function outputOf(graph: Graph, node: Node): Tensor {
  return tensorOf(graph, node.outputs[0]!);
}

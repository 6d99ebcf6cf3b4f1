import {
  CompileError,
  type Graph,
  GraphEditor,
  type KilnError,
  type Shape,
  type TensorId,
  throwAll,
  UnsupportedError,
} from '@kiln/ir';
import { foldScales } from '../../fold-scales.js';
import { Evaluation } from './evaluate.js';
import { loneErfs } from './gelu.js';
import type { NetworkDef } from './network-def.js';
import type { Construction } from './node-context.js';
import { referenceOf } from './order-nodes.js';
import { nameLayers, withoutDead } from './tidy.js';
import { dtypeOf, shapeProblem, typeName } from './tensor-values.js';
import type { Variable } from './tensor-bundle.js';
import { errorsOf, type Failed, type Flowing, type Value } from './value.js';

/** An input or output of a network, as a signature describes it. */
export interface Port {
  /** The name that people know. */
  readonly name: string;
  /** The node's result that it is. */
  readonly reference: string;
  /** What the signature says; null for what it leaves to the node. */
  readonly type: number | null;
  readonly shape: readonly number[] | null;
}

export interface NetworkSource {
  readonly network: NetworkDef;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly variable: (name: string) => Variable | null;
  /** The file, for messages, and the network's name. */
  readonly where: string;
  readonly name: string;
}

const REMEDY = 'Save the model again';

/**
 * A network of TensorFlow as a float graph: from the outputs back to the inputs, whatever else the file holds. An open batch is
 * 1. Batch normalisation goes into the convolution or dense layer before it.
 *
 * Errors: every operator that Kiln does not have and everything that does not hang together, all of it at once.
 */
export function buildNetwork(source: NetworkSource): Graph {
  const { where, network } = source;
  if (source.inputs.length === 0 || source.outputs.length === 0) {
    const message = `has ${source.inputs.length} inputs and ${source.outputs.length} outputs, expected a network with both`;
    throw new CompileError('E-GRAPHDEF-PORTS', where, message, 'Save a network for inference');
  }
  const editor = GraphEditor.empty(source.name, null);
  const construction: Construction = {
    editor,
    where,
    variable: source.variable,
    constants: new Map(),
    makers: new Map(),
    erfs: new Map(),
    budget: { elements: 2 ** 24 },
  };
  const inputs = addInputs(source, editor);
  const given = new Map(source.inputs.map(({ reference }, i) => [referenceOf(reference).name, inputs[i]! as Value]));
  const values = new Evaluation(network, construction).run(
    given,
    source.outputs.map(({ reference }) => reference),
  );
  throwAll(errorsOf(values.filter((value): value is Failed => value.kind === 'failed')));
  const taken = new Set<TensorId>(inputs.map(({ id }) => id));
  const outputs = values.map((value, i) => outputOf(value, source.outputs[i]!, taken, editor, where));
  const graph = withoutDead(editor.finish({ inputs: inputs.map(({ id }) => id), outputs }));
  throwAll(loneErfs(graph, construction));
  return nameLayers(foldScales(graph));
}

function addInputs({ inputs, network, where }: NetworkSource, editor: GraphEditor): Flowing[] {
  const nodes = new Map(network.nodes.map((node) => [node.name, node]));
  const errors: KilnError[] = [];
  const added = inputs.map((port): Flowing => {
    const node = nodes.get(referenceOf(port.reference).name);
    const place = `${where}, input '${port.name}'`;
    const type = port.type ?? node?.attributes.get('dtype')?.type ?? 0;
    const sizes = port.shape ?? node?.attributes.get('shape')?.shape ?? null;
    const shape = (sizes ?? []).map((size, d) => (d === 0 && size === -1 ? 1 : size));
    const dtype = dtypeOf(type);
    const message = sizes === null || shape.includes(-1) ? openShape(sizes) : shapeProblem(shape);
    if (message !== null)
      errors.push(new CompileError('E-GRAPHDEF-INPUT-SHAPE', place, message, 'Save it with fixed sizes'));
    if (dtype === null) {
      const found = `is of type ${typeName(type)}, expected floats or integers`;
      errors.push(new UnsupportedError('E-GRAPHDEF-INPUT-TYPE', place, found, 'Save the network for other inputs'));
    }
    return addInput(editor, port.name, message === null ? shape : [1], dtype ?? 'float32');
  });
  throwAll(errors);
  return added;
}

function addInput(editor: GraphEditor, name: string, shape: Shape, dtype: Flowing['dtype']): Flowing {
  return {
    kind: 'flowing',
    id: editor.addTensor({ name, shape, dtype, quantization: null, data: null }),
    shape,
    dtype,
  };
}

function openShape(sizes: readonly number[] | null): string {
  const found = sizes === null ? 'of unknown rank' : `[${sizes.join(', ')}]`;
  return `has the shape ${found}, expected fixed sizes behind the batch`;
}

/** The tensor of an output; what is one already, or an input, is copied. */
function outputOf(value: Value, port: Port, taken: Set<TensorId>, editor: GraphEditor, where: string): TensorId {
  if (value.kind !== 'flowing') {
    const message = `is ${value.kind === 'constant' ? 'a constant' : value.kind}, expected what depends on an input`;
    throw new CompileError('E-GRAPHDEF-OUTPUT', `${where}, output '${port.name}'`, message, REMEDY);
  }
  const { id, shape, dtype } = value;
  if (!taken.has(id)) {
    taken.add(id);
    return id;
  }
  const copy = editor.addTensor({ name: port.name, shape, dtype, quantization: null, data: null });
  editor.addNode('copy', port.name, {}, [id], [copy]);
  return copy;
}

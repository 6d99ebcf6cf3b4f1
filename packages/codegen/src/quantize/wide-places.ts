import { CompileError, consumersOf, type Graph, type Node, type NodeId, type TensorId, tensorOf } from '@kiln/ir';
import { operatorOf } from '../operators/index.js';
import { outputRule, sharesScale } from './output-rule.js';

/** What keeps 16 bits in a network of int8. */
export interface WidePlaces {
  /** Float inputs of the graph. */
  readonly inputs: ReadonlySet<TensorId>;
  /** Nodes that compute with activations of int16. */
  readonly nodes: ReadonlySet<NodeId>;
}

/** Nowhere. */
export const NOWHERE: WidePlaces = { inputs: new Set(), nodes: new Set() };

/**
 * Where integers of 16 bits are needed so that the results of the named layers keep them: in those layers, in what passes
 * their results on unchanged, and in the layers that read them, whose own results may be narrow again.
 *
 * Errors: CompileError E-WIDE-LAYER for a name that no layer and no float input has.
 */
export function widePlaces(graph: Graph, names: readonly string[]): WidePlaces {
  const inputs = new Set<TensorId>();
  const nodes = new Set<NodeId>();
  const visitReaders = (id: TensorId): void => {
    for (const node of consumersOf(graph, id)) {
      if (!isWidenable(graph, node)) continue;
      nodes.add(node.id);
      if (passesOn(node)) node.outputs.forEach(visitReaders);
    }
  };
  for (const name of names) {
    const input = graph.inputs.find(
      (id) => tensorOf(graph, id).name === name && tensorOf(graph, id).dtype === 'float32',
    );
    const node = graph.nodes.find((other) => other.name === name && isWidenable(graph, other));
    if (node === undefined && input === undefined) {
      const known = graph.nodes.filter((other) => isWidenable(graph, other)).map((other) => other.name);
      const message = `has no layer '${name}' that can keep 16 bits, expected one of ${known.join(', ')}`;
      throw new CompileError('E-WIDE-LAYER', `model '${graph.name}'`, message, 'Choose from these');
    }
    if (node !== undefined) nodes.add(node.id);
    if (node === undefined) inputs.add(input!);
    (node?.outputs ?? [input!]).forEach(visitReaders);
  }
  return { inputs, nodes };
}

/** Whether the node can compute with int16, on a scale of its own or of its only operand. */
export function isWidenable(graph: Graph, node: Node): boolean {
  const rule = outputRule(graph, node, 'int16');
  return (
    operatorOf(node).dtypes.includes('int16') && (rule === 'calibrated' || (rule === 'as-input' && !sharesScale(node)))
  );
}

function passesOn(node: Node): boolean {
  return operatorOf(node).quantizer.output === 'as-input';
}

import {
  allocate,
  elementCount,
  type Graph,
  InvariantError,
  type NodeId,
  type NumberData,
  type TensorData,
  type TensorId,
} from '@kiln/ir';
import { operatorOf, siteOf } from './operators/index.js';
import { TurnBudget } from './operators/turn-budget.js';

/** The reference evaluation of a graph: what all C must equal, bit for bit. Holds one inference's values at a time. */
export interface Evaluator {
  /**
   * Runs the graph. `inputs` are the graph's, in order; the answer holds the value of every tensor and is overwritten by
   * the next run. With `from`, only the nodes behind that tensor are run, on the values that the others were left with.
   * States go from each whole run to the next.
   */
  run(inputs: readonly TensorData[], from?: TensorId): ReadonlyMap<TensorId, TensorData>;
  /** Puts every state back to what it was before the first run. */
  reset(): void;
}

/**
 * Prepares every node once. Shapes must be inferred. Throws what the operators' preparation throws; a run throws `E-LOOP` where
 * the graph's loops take more turns than there are. A graph within another draws on the other's `budget`.
 */
export function createEvaluator(graph: Graph, budget?: TurnBudget): Evaluator {
  const turns = budget ?? new TurnBudget();
  const values = new Map<TensorId, TensorData>();
  for (const tensor of graph.tensors.values()) {
    values.set(tensor.id, tensor.data ?? allocate(tensor.dtype, elementCount(tensor.shape)));
  }
  const valueOf = (id: TensorId): TensorData => {
    const value = values.get(id);
    if (value === undefined) throw new InvariantError('E-TENSOR-ID', graph.name, `no tensor has the id ${id}`);
    return value;
  };
  const steps = graph.nodes.map((node) => ({
    node,
    evaluate: operatorOf(node).reference(siteOf(graph, node), turns),
    inputs: node.inputs.map(valueOf) as NumberData[],
    outputs: node.outputs.map(valueOf) as NumberData[],
  }));
  const behind = new Map<TensorId, ReadonlySet<NodeId>>();
  const runs = (from: TensorId): ReadonlySet<NodeId> => {
    const known = behind.get(from) ?? nodesBehind(graph, from);
    behind.set(from, known);
    return known;
  };
  let ranBefore = false;
  const enterRun = (): void => {
    // All of them are read before any is written: one state may become what another was.
    const entering = graph.states.map(({ after, initial }) => (ranBefore ? valueOf(after).slice() : initial));
    graph.states.forEach(({ before }, i) => copyInto(valueOf(before), entering[i]!));
    ranBefore = true;
  };
  return {
    run(inputs, from) {
      if (budget === undefined) turns.refill();
      if (from === undefined) enterRun();
      graph.inputs.forEach((id, i) => {
        const input = inputs[i];
        if (input !== undefined) copyInto(valueOf(id), input);
      });
      const chosen = from === undefined ? null : runs(from);
      for (const step of steps)
        if (chosen === null || chosen.has(step.node.id)) step.evaluate(step.inputs, step.outputs);
      return values;
    },
    reset() {
      ranBefore = false;
    },
  };
}

/** Copies values between arrays of one kind. */
function copyInto(target: TensorData, source: TensorData): void {
  (target as NumberData).set(source as NumberData);
}

/** The nodes whose result depends on the tensor. */
function nodesBehind(graph: Graph, from: TensorId): ReadonlySet<NodeId> {
  const tainted = new Set<TensorId>([from]);
  const nodes = new Set<NodeId>();
  for (const node of graph.nodes) {
    if (!node.inputs.some((id) => tainted.has(id))) continue;
    nodes.add(node.id);
    node.outputs.forEach((id) => tainted.add(id));
  }
  return nodes;
}

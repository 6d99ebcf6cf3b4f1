import { type Graph, GraphEditor, type NodeAttributes, type OpName, type State, type TensorId } from '@kiln/ir';

/** Several graphs side by side as one, so that one compilation serves them all. */
export function mergeGraphs(graphs: readonly Graph[]): Graph {
  const editor = GraphEditor.empty('merged', null);
  const inputs: TensorId[] = [];
  const outputs: TensorId[] = [];
  const states: State[] = [];
  for (const graph of graphs) {
    const ids = new Map<TensorId, TensorId>();
    for (const { id, ...tensor } of graph.tensors.values()) ids.set(id, editor.addTensor(tensor));
    const merged = (id: TensorId): TensorId => ids.get(id)!;
    for (const { op, name, attributes, ...node } of graph.nodes)
      editor.addNode(op, name, attributes as NodeAttributes[OpName], node.inputs.map(merged), node.outputs.map(merged));
    inputs.push(...graph.inputs.map(merged));
    outputs.push(...graph.outputs.map(merged));
    states.push(
      ...graph.states.map((state) => ({ ...state, before: merged(state.before), after: merged(state.after) })),
    );
  }
  return editor.finish({ inputs, outputs, states });
}

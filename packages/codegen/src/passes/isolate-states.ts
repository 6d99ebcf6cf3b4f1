import { type Graph, GraphEditor, type State, type TensorId, tensorOf } from '@kiln/ir';
import { operatorOf, siteOf } from '../operators/index.js';
import { storageOf } from '../program/storage.js';

/**
 * Makes sure that the value a state becomes can be written where the state lies. Where the node that computes it may not do
 * so (somebody still reads the old value, or it is another's memory), a copy at the end does.
 * Requires: shapes inferred. Ensures: `after` is `before`, or a tensor that one node writes when nobody reads `before` any more.
 */
export function isolateStates(graph: Graph): Graph {
  const editor = new GraphEditor(graph);
  const copied = graph.states.filter((state) => !mayWrite(graph, state));
  const copyOf = ({ after }: State, name: string, from = after): TensorId => {
    const { id: _, ...type } = tensorOf(graph, after);
    const copy = editor.addTensor({ ...type, data: null });
    editor.addNode('copy', name, {}, [from], [copy]);
    return copy;
  };
  // Two that exchange their values: all are read before any is written.
  const held = new Map(copied.length > 1 ? copied.map((state) => [state, copyOf(state, `${state.name}/hold`)]) : []);
  const states = graph.states.map((state) =>
    copied.includes(state) ? { ...state, after: copyOf(state, `${state.name}/store`, held.get(state)) } : state,
  );
  return editor.finish({ states });
}

function mayWrite(graph: Graph, { before, after }: State): boolean {
  if (before === after) return true;
  const storage = storageOf(graph);
  const { root } = storage.get(after)!;
  const step = graph.nodes.findIndex(({ outputs }) => outputs.includes(after));
  const node = graph.nodes[step];
  const shared = graph.outputs.some((id) => storage.get(id)!.root === root);
  const claimed = graph.states.filter((state) => storage.get(state.after)!.root === root).length > 1;
  if (node === undefined || root !== after || shared || claimed) return false;
  const reads = (id: TensorId): boolean => storage.get(id)!.root === before;
  if (graph.nodes.slice(step + 1).some(({ inputs }) => inputs.some(reads))) return false;
  if (!node.inputs.some(reads)) return true;
  const use = operatorOf(node).memory(siteOf(graph, node));
  const output = node.outputs.indexOf(after);
  const over =
    use.kind === 'over' ? use.pairs.filter(([o]) => o === output).map(([, input]) => node.inputs[input]) : [];
  return node.inputs.every((id) => !reads(id) || over.includes(id));
}

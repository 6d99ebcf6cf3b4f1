import { type Graph, GraphEditor, type TensorId, tensorOf } from '@kiln/ir';
import { byteCount } from '../program/byte-count.js';
import { storageOf } from '../program/storage.js';

/**
 * Gives every output memory of its own. One that is the memory of an input, a constant, a state or another output, or a part
 * of a greater tensor, is copied. Requires: shapes inferred. Ensures: no two of them share a byte.
 */
export function isolateOutputs(graph: Graph): Graph {
  const storage = storageOf(graph);
  const editor = new GraphEditor(graph);
  const taken = new Set<TensorId>([...graph.inputs, ...graph.states.map(({ before }) => before)]);
  const outputs = graph.outputs.map((id) => {
    const tensor = tensorOf(graph, id);
    const { root } = storage.get(id)!;
    const whole = tensorOf(graph, root);
    if (!taken.has(root) && whole.data === null && byteCount(whole) === byteCount(tensor)) {
      taken.add(root);
      return id;
    }
    const { id: _, ...type } = tensor;
    const copy = editor.addTensor({ ...type, data: null });
    editor.addNode('copy', `${tensor.name}/copy`, {}, [id], [copy]);
    return copy;
  });
  return editor.finish({ outputs });
}

import { type Graph, GraphEditor, inputTensors, KilnError, throwAll } from '@kiln/ir';
import { operatorOf } from '../operators/index.js';

/**
 * Computes the shape of every node's output from its inputs, front to back. Requires: nothing. Ensures: no shape is left
 * open. All nodes that do not fit are reported together, as far as those behind them can still be judged.
 */
export function inferShapes(graph: Graph): Graph {
  const editor = new GraphEditor(graph);
  const errors: KilnError[] = [];
  const unknown = new Set<number>();
  for (const node of graph.nodes) {
    const current = editor.finish();
    const output = node.outputs[0]!;
    if (node.inputs.some((id) => unknown.has(id))) {
      unknown.add(output);
      continue;
    }
    try {
      editor.replaceTensor(output, { shape: operatorOf(node).inferShape(node as never, inputTensors(current, node)) });
    } catch (error) {
      if (!(error instanceof KilnError)) throw error;
      errors.push(error);
      unknown.add(output);
    }
  }
  throwAll(errors);
  return editor.finish();
}

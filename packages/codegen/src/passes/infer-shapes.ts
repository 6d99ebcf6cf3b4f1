import {
  equalShapes,
  type Graph,
  GraphEditor,
  inputTensors,
  KilnError,
  type Node,
  NOT_INFERRED,
  type Shape,
  ShapeError,
  type Tensor,
  tensorOf,
  throwAll,
} from '@kiln/ir';
import { operatorOf } from '../operators/index.js';

/**
 * Computes the shapes of every node's outputs from its inputs, front to back. Requires: nothing. Ensures: no shape is left
 * open; a shape that the model file gave is the computed one. All nodes that do not fit are reported together, as far as those behind them can still be judged.
 */
export function inferShapes(graph: Graph): Graph {
  const editor = new GraphEditor(graph);
  const errors: KilnError[] = [];
  const unknown = new Set<number>();
  for (const node of graph.nodes) {
    const current = editor.finish();
    if (node.inputs.some((id) => unknown.has(id))) {
      node.outputs.forEach((id) => unknown.add(id));
      continue;
    }
    try {
      const shapes = operatorOf(node).inferShapes(node as never, inputTensors(current, node));
      node.outputs.forEach((id, i) => {
        checkFileShape(tensorOf(graph, id), shapes[i]!, node);
        editor.replaceTensor(id, { shape: shapes[i]! });
      });
    } catch (error) {
      if (!(error instanceof KilnError)) throw error;
      errors.push(error);
      node.outputs.forEach((id) => unknown.add(id));
    }
  }
  throwAll(errors);
  return editor.finish();
}

/** Some formats say what shape a result has: then it must be the one that the operator gives. */
function checkFileShape({ name, shape }: Tensor, computed: Shape, node: Node): void {
  if (shape === NOT_INFERRED || equalShapes(shape, computed)) return;
  const message = `gives '${name}' the shape [${computed.join(', ')}], the model says [${shape.join(', ')}]`;
  throw new ShapeError('E-SHAPE-DIFFERS', `node '${node.name}'`, message, 'Convert the model again');
}

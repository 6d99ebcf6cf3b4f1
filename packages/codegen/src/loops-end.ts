import { type Graph, KilnError, subgraphsOf, type TensorData } from '@kiln/ir';
import { createEvaluator } from './evaluate.js';

/** Whether every loop ends in the first run on these inputs, within the turns that the reference takes. */
export function loopsEnd(graph: Graph, inputs: readonly TensorData[]): boolean {
  if (graph.nodes.every((node) => subgraphsOf(node).length === 0)) return true;
  try {
    createEvaluator(graph).run(inputs);
    return true;
  } catch (error) {
    if (error instanceof KilnError && error.code === 'E-LOOP') return false;
    throw error;
  }
}

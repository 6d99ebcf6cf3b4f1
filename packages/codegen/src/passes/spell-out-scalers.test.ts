import { type Graph, verifyGraph } from '@kiln/ir';
import { expect, test } from 'vitest';
import { computedGraph } from '../compile.js';
import { createEvaluator } from '../evaluate.js';
import { ChainBuilder, digitsNetwork, samples } from '../testing/graphs.js';
import { spellOutScalers } from './spell-out-scalers.js';

const calibration = samples(32, 64, 'uint8');

/** All that the network gives for inputs of one byte in every place. */
function outputsOf(graph: Graph): unknown[] {
  const evaluator = createEvaluator(graph);
  return Array.from({ length: 256 }, (_, value) => {
    const values = evaluator.run([new Uint8Array(64).fill(value)]);
    return graph.outputs.map((id) => [...(values.get(id) as Int16Array)]);
  });
}

test.each(['int8', 'int16x8'] as const)('a scaler in %s becomes operators that give the same for every byte', (precision) => {
  for (let seed = 1; seed <= 8; seed++) {
    const scaler = new ChainBuilder([1, 64], { dtype: 'uint8', seed }).standardize([1, 64]).dense(3, 64).finish();
    const { graph } = computedGraph(scaler, { precision, calibration });
    const scaled = { ...graph, outputs: [graph.nodes[0]!.outputs[0]!] };
    const spelled = spellOutScalers(scaled);
    verifyGraph(spelled, 'spellOutScalers');
    expect(spelled.nodes.map(({ op }) => op).join(' ')).toMatch(/^cast sub mul (round mul )?quantize/);
    expect(outputsOf(spelled), `seed ${seed}`).toEqual(outputsOf(scaled));
  }
});

test('a network without such a scaler stays as it is', () => {
  const { graph } = computedGraph(digitsNetwork(), { precision: 'float32' });
  expect(spellOutScalers(graph)).toBe(graph);
});
